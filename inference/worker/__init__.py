"""The worker outside the site: any adapter, without Django or a database, on a researcher's machine."""
