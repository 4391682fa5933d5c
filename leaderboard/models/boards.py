"""What is ranked, and how."""

from django.db import models

from inference.models import Domain, Language, Level, Task
from judging.models import Criterion


class Board(models.Model):
    """One ranking: which verdicts it reads, by which method (D66); fixed after its first snapshot."""

    class Method(models.TextChoices):
        """Bradley–Terry ranks; the paper's online Elo is a second, labelled view."""

        BRADLEY_TERRY = "bradley-terry", "Bradley–Terry"
        ONLINE_ELO = "online-elo", "online Elo"

    class Listeners(models.TextChoices):
        """Whose votes are read."""

        ALL = "all", "all listeners"
        HEADPHONES = "headphones", "headphones that passed the check"
        NATIVE = "native", "native in the languages of the pair"

    class Visibility(models.TextChoices):
        """Who may see it."""

        PUBLIC = "public"
        STAFF = "staff"

    slug = models.SlugField(unique=True, max_length=80)
    title_en = models.CharField(max_length=160)
    title_zh_hans = models.CharField(max_length=160)
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    domain = models.ForeignKey(Domain, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    level = models.ForeignKey(Level, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    language = models.ForeignKey(
        Language,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Of the prompt.",
    )
    listeners = models.CharField(max_length=10, choices=Listeners, default=Listeners.ALL)
    method = models.CharField(max_length=20, choices=Method, default=Method.BRADLEY_TERRY)
    minimum_votes = models.PositiveIntegerField(
        default=100, help_text="A system with fewer is provisional here, and has no rank."
    )
    visibility = models.CharField(max_length=6, choices=Visibility, default=Visibility.PUBLIC)
    position = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def sliced(self) -> bool:
        """Whether it reads a part of the votes only."""
        parts = (self.domain_id, self.task_id, self.level_id, self.language_id)
        return any(part is not None for part in parts) or self.listeners != self.Listeners.ALL

    @property
    def part(self) -> Domain | Task | Level | Language | None:
        """What it is cut by; None: it reads all votes on its criterion."""
        return self.domain or self.task or self.level or self.language
