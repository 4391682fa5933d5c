"""The boards of the first day: overall by Bradley–Terry, and the paper's online Elo as a second view."""

from django.db import migrations

BOARDS = [
    ("overall", "Overall", "总体", "bradley-terry", 1),
    ("overall-elo", "Overall, online Elo as in the paper", "总体（论文的在线 Elo）", "online-elo", 2),
]


def add(apps, schema_editor):
    overall = apps.get_model("judging", "Criterion").objects.get(slug="overall")
    for slug, english, chinese, method, position in BOARDS:
        apps.get_model("leaderboard", "Board").objects.create(
            slug=slug,
            title_en=english,
            title_zh_hans=chinese,
            criterion=overall,
            method=method,
            position=position,
        )


def remove(apps, schema_editor):
    apps.get_model("leaderboard", "Board").objects.filter(slug__in=[row[0] for row in BOARDS]).delete()


class Migration(migrations.Migration):
    dependencies = [("leaderboard", "0002_immutability"), ("judging", "0003_first_criteria")]
    operations = [migrations.RunPython(add, remove)]
