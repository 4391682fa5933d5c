"""Ways of calling speech-to-speech systems. Start with base.py; names are in registry.py. No Django here."""
