"""The criteria and the exclusion rules of the first day (judging J44, J129)."""

from django.db import migrations

CRITERIA = [
    (
        "semantic",
        1,
        False,
        "What was said",
        "说了什么",
        "Whose words serve the request better: right, complete, in the right language?",
        "哪个回答的内容更符合要求：正确、完整、语言得当？",
    ),
    (
        "paralinguistic",
        2,
        False,
        "How it was said",
        "怎么说的",
        "Whose voice fits the request and the speaker better: emotion, tone, pace, emphasis, laughter and the like?",
        "哪个回答的情绪、语气、语速、重音、笑声等更贴合要求和提问者？",
    ),
    (
        "overall",
        3,
        True,
        "Overall",
        "总体",
        "Which answer would you rather get?",
        "总的来说，你更想得到哪个回答？",
    ),
]
RULES = [
    ("moderator", "A moderator took the vote out, for the reason given.", "由管理员移除，原因见说明。"),
    ("withdrawn", "The annotator withdrew the vote.", "评测者撤回了这一票。"),
]


def add(apps, schema_editor):
    for slug, position, active, label_en, label_zh, question_en, question_zh in CRITERIA:
        apps.get_model("judging", "Criterion").objects.create(
            slug=slug,
            position=position,
            active=active,
            label_en=label_en,
            label_zh_hans=label_zh,
            question_en=question_en,
            question_zh_hans=question_zh,
        )
    for slug, english, chinese in RULES:
        apps.get_model("judging", "ExclusionRule").objects.create(
            slug=slug,
            version=1,
            sentence_en=english,
            sentence_zh_hans=chinese,
        )


def remove(apps, schema_editor):
    apps.get_model("judging", "Criterion").objects.filter(slug__in=[row[0] for row in CRITERIA]).delete()
    apps.get_model("judging", "ExclusionRule").objects.filter(slug__in=[row[0] for row in RULES]).delete()


class Migration(migrations.Migration):
    dependencies = [("judging", "0002_immutability")]
    operations = [migrations.RunPython(add, remove)]
