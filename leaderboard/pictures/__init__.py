"""Pictures of boards as SVG, pure: the same bytes stand on a page and in a file of their own."""
