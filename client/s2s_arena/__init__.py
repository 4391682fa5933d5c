"""S2S-Arena for researchers: what their machines and the server share."""
