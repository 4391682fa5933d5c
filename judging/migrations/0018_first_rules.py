"""The rules from the first day (judging J129), each in its first mode."""

from datetime import timedelta

from django.db import migrations

RULES = [
    (
        "response_rejected",
        "enforce",
        "open",
        10,
        "One of the two answers was rejected after the vote.",
        "其中一个回答在投票之后被判定为不合格。",
    ),
    (
        "identity_spoken",
        "enforce",
        "closed_flag",
        10,
        "One of the two answers may say which system it is; the vote counts again once a moderator finds it does not.",
        "其中一个回答可能说出了自己是哪个系统；管理员确认没有之后，这一票重新计入。",
    ),
    (
        "heard_recheck",
        "propose",
        "open",
        60,
        "What was heard of the clips is less than the rules ask, or more than there was time for.",
        "实际听到的录音少于规则的要求，或者多于时间所允许的长度。",
    ),
    (
        "too_fast",
        "propose",
        "open",
        60,
        "The vote was cast in less time than the clips take.",
        "投票所用的时间短于录音本身的长度。",
    ),
    (
        "own_system",
        "enforce",
        "open",
        60,
        "One of the two systems belongs to a team or maker that the annotator is tied to.",
        "其中一个系统属于与标注员有关联的团队或厂商。",
    ),
    (
        "same_person",
        "propose",
        "open",
        60,
        "The account was used in the same browser as an earlier one.",
        "该账户与更早的另一个账户使用了同一个浏览器。",
    ),
    (
        "one_side",
        "propose",
        "open",
        60,
        "In a stretch of forty clear answers nearly all preferred one side.",
        "在连续四十个明确的回答中，几乎全部偏向同一侧。",
    ),
    (
        "gold_failed",
        "propose",
        "open",
        60,
        "Too many pairs with a known answer were answered otherwise in this stretch.",
        "这一段评判中，太多已知答案的配对被答错。",
    ),
    (
        "picking",
        "propose",
        "open",
        60,
        "More than one pair in twelve was turned down in this stretch.",
        "这一段评判中，每十二对里跳过了不止一对。",
    ),
    (
        "unblinded",
        "by_hand",
        "open",
        60,
        "It was known which systems these were when the vote was cast.",
        "投票时系统的身份已经泄露。",
    ),
]


def add(apps, schema_editor):
    for slug, mode, fails, minutes, english, chinese in RULES:
        apps.get_model("judging", "ExclusionRule").objects.create(
            slug=slug,
            mode=mode,
            fails=fails,
            period=timedelta(minutes=minutes),
            sentence_en=english,
            sentence_zh_hans=chinese,
        )


def remove(apps, schema_editor):
    apps.get_model("judging", "ExclusionRule").objects.filter(slug__in=[row[0] for row in RULES]).delete()


class Migration(migrations.Migration):
    dependencies = [("judging", "0017_rule_guards")]
    operations = [migrations.RunPython(add, remove)]
