"""The rule *picking* looks at withdrawn votes as at empty positions: its second version (judging J129, J67)."""

from django.db import migrations

ENGLISH = "More than one pair in twelve was turned down or withdrawn in this stretch."
CHINESE = "这一段评判中，每十二对里跳过或撤回了不止一对。"


def renew(apps, schema_editor):
    rules = apps.get_model("judging", "ExclusionRule").objects.filter(slug="picking")
    before = rules.get(active=True)
    rules.update(active=False)
    rules.create(
        slug="picking",
        version=before.version + 1,
        mode=before.mode,
        fails=before.fails,
        period=before.period,
        sentence_en=ENGLISH,
        sentence_zh_hans=CHINESE,
    )


def as_before(apps, schema_editor):
    rules = apps.get_model("judging", "ExclusionRule").objects.filter(slug="picking")
    newest = rules.get(active=True)
    rules.filter(version=newest.version - 1).update(active=True)
    newest.delete()


class Migration(migrations.Migration):
    dependencies = [("judging", "0021_pasts_and_known_pairs")]
    operations = [migrations.RunPython(renew, as_before)]
