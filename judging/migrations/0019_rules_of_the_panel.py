"""The two rules that compare with the trusted panel (judging J129)."""

from datetime import timedelta

from django.db import migrations

RULES = [
    (
        "favour",
        "The annotator's choices for or against one system are far from those of the trusted panel.",
        "标注员对某个系统的偏好与可信小组相差太远。",
    ),
    (
        "coordination",
        "Several annotators chose alike for one system, at about the same time, improbably often.",
        "多名标注员在相近的时间内对同一个系统作出异常一致的选择。",
    ),
]


def add(apps, schema_editor):
    for slug, english, chinese in RULES:
        apps.get_model("judging", "ExclusionRule").objects.create(
            slug=slug,
            mode="propose",
            period=timedelta(hours=6),
            sentence_en=english,
            sentence_zh_hans=chinese,
        )


def remove(apps, schema_editor):
    apps.get_model("judging", "ExclusionRule").objects.filter(slug__in=[row[0] for row in RULES]).delete()


class Migration(migrations.Migration):
    dependencies = [("judging", "0018_first_rules")]
    operations = [migrations.RunPython(add, remove)]
