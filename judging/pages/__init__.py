"""The annotator's pages around the pairs: the way in, and one's own page."""
