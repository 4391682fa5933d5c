"""What is ranked, and how."""

from django.db import models

from judging.models import Criterion


class Board(models.Model):
    """One ranking: which verdicts it reads, by which method (D66); fixed after its first snapshot."""

    class Method(models.TextChoices):
        """Bradley–Terry ranks; the paper's online Elo is a second, labelled view."""

        BRADLEY_TERRY = "bradley-terry", "Bradley–Terry"
        ONLINE_ELO = "online-elo", "online Elo"

    slug = models.SlugField(unique=True)
    title_en = models.CharField(max_length=120)
    title_zh_hans = models.CharField(max_length=120)
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=20, choices=Method, default=Method.BRADLEY_TERRY)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.slug
