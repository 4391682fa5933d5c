"""The first policy and its three criteria (judging J5, J44); pairs that were open without a batch end."""

from django.db import migrations

HELP = {
    "semantic": (
        "An answer in the wrong language fails here. How it sounds is the next question.",
        "语言用错了，这一项就不合格。声音如何，是下一个问题。",
    ),
    "paralinguistic": (
        "A flat but fitting voice is not bad where the prompt asks for no emotion. The site sets the overall volume, "
        "so loudness is no merit.",
        "提问没有情绪要求时，平淡而得体的声音并不算差。整体音量由网站统一，声音大不是优点。",
    ),
    "overall": (
        "“Both bad” means that neither would be acceptable, even if one is a little less bad.",
        "“都不好”表示两个都不可接受，哪怕其中一个略好一点。",
    ),
}
SOUND = {
    "slug": "voice_quality",
    "position": 4,
    "active": False,
    "label_en": "Sound",
    "label_zh_hans": "音质",
    "question_en": "Whose speech is cleaner and more natural as sound?",
    "question_zh_hans": "哪个回答的声音更清晰、自然？",
    "help_en": "Noise, distortion and odd sounds; not what is said or felt.",
    "help_zh_hans": "指噪声、失真和怪声；与内容和情感无关。",
}
# A ballot without a batch can be neither shown nor cast from now on; the person gets another one at once.
END_OPEN = """
    WITH ended AS (
        UPDATE judging_ballot SET state = 'expired', closing_code = 'before_batches'
        WHERE state IN ('issued', 'opened') RETURNING pair_id, "left", first
    ), sides AS (
        SELECT pair.system_a_id, pair.system_b_id,
            count(*) FILTER (WHERE "left" = 'a') AS a_left, count(*) FILTER (WHERE "left" = 'b') AS a_right,
            count(*) FILTER (WHERE (first = 'left') = ("left" = 'a')) AS a_first,
            count(*) FILTER (WHERE (first = 'left') <> ("left" = 'a')) AS b_first
        FROM ended JOIN judging_pair AS pair ON pair.id = ended.pair_id GROUP BY 1, 2
    ), cells AS (UPDATE judging_pairtally SET pending = 0 WHERE pending > 0)
    UPDATE judging_systempair AS systems SET pending = 0,
        a_left = greatest(systems.a_left - sides.a_left, 0), a_right = greatest(systems.a_right - sides.a_right, 0),
        a_first = greatest(systems.a_first - sides.a_first, 0), b_first = greatest(systems.b_first - sides.b_first, 0)
    FROM sides WHERE sides.system_a_id = systems.system_a_id AND sides.system_b_id = systems.system_b_id
"""
ASKED = ["semantic", "paralinguistic", "overall"]


def add(apps, schema_editor):
    criteria = apps.get_model("judging", "Criterion").objects
    for slug, (english, chinese) in HELP.items():
        criteria.filter(slug=slug).update(help_en=english, help_zh_hans=chinese)
    criteria.filter(slug__in=ASKED).update(active=True)
    criteria.get_or_create(slug=SOUND["slug"], defaults=SOUND)
    policy = apps.get_model("judging", "Policy").objects.create(
        version=1, current=True, reason="The values of the first day."
    )
    for position, slug in enumerate(ASKED, start=1):
        apps.get_model("judging", "PolicyCriterion").objects.create(
            policy=policy, criterion=criteria.get(slug=slug), position=position
        )
    schema_editor.execute(END_OPEN)


def remove(apps, schema_editor):
    apps.get_model("judging", "PolicyCriterion").objects.all().delete()
    apps.get_model("judging", "Policy").objects.all().delete()
    criteria = apps.get_model("judging", "Criterion").objects
    criteria.filter(slug=SOUND["slug"]).delete()
    criteria.filter(slug__in=["semantic", "paralinguistic"]).update(active=False)


class Migration(migrations.Migration):
    dependencies = [("judging", "0010_batches_and_lines_of_votes")]
    operations = [migrations.RunPython(add, remove)]
