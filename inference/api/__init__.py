"""The API's border: it parses and permits, calls one service, and answers."""
