"""The house around the apps: settings, addresses, people, Celery, the embedded database and broker."""
