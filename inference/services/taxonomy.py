"""The taxonomy as rows: loaded from the file that comes with the code."""

from django.db import transaction

from inference import taxonomy as words
from inference.models import Domain, Language, Level, Task


@transaction.atomic
def load() -> int:
    """Bring languages, domains, levels and tasks into line with `inference/taxonomy/taxonomy.json`.

    Rows are added and mended, never removed: prompts may name them.

    Returns:
        The number of rows that the file holds.
    """
    known = words.taxonomy()
    for language in known.languages:
        names = {"name_en": language.name_en, "name_zh_hans": language.name_zh_hans}
        Language.objects.update_or_create(
            code=language.code, defaults={**names, "aliases": list(language.aliases)}
        )
    domains = {}
    for domain in known.domains:
        names = {"name_en": domain.name_en, "name_zh_hans": domain.name_zh_hans}
        domains[domain.slug], _ = Domain.objects.update_or_create(
            slug=domain.slug, defaults={**names, "aliases": list(domain.aliases)}
        )
    for level in known.levels:
        Level.objects.update_or_create(
            number=level.number,
            defaults={
                "slug": level.slug,
                "name_en": level.name_en,
                "name_zh_hans": level.name_zh_hans,
                "description_en": level.description_en,
                "description_zh_hans": level.description_zh_hans,
            },
        )
    for task in known.tasks:
        Task.objects.update_or_create(
            slug=task.slug,
            defaults={
                "domain": domains[task.domain],
                "name_en": task.name_en,
                "name_zh_hans": task.name_zh_hans,
                "guidance_en": task.guidance.en,
                "guidance_zh_hans": task.guidance.zh_hans,
                "guidance_by_level": {
                    str(number): {"en": line.en, "zh_hans": line.zh_hans}
                    for number, line in task.guidance_by_level.items()
                },
                "aliases": list(task.aliases),
            },
        )
    return len(known.languages) + len(known.domains) + len(known.levels) + len(known.tasks)
