"""The first version of the terms, in both languages (J8)."""

import hashlib

from django.db import migrations

VERSION = 1
TITLES = {"en": "What you agree to", "zh-hans": "您同意的内容"}
BODIES = {
    "en": """
You will hear short recordings: somebody asks something aloud, and two computer systems answer. You say which answer is better. Please read what happens with what you say.

# What is recorded
Your answers, when you gave them, and which seconds of each recording you played. The languages you say you know, and how well. What you say about your headphones and your surroundings, and the result of the listening check. Your ties to makers of such systems, if you name any. Your mail address, which only the people who run this arena can see.

# What is published
Your answers, with the times and what was heard, under a made-up name. The made-up name changes with each published release, so that nobody can follow you from one release to the next. From the answers of all people together we compute boards, which are public.

# What is not published
Your name, your mail address, your device's mark, your network address, and what you write to us.

# What you will hear
The recordings were made by people and by machines. We take out what we find unfit, but now and then something may upset you. You can skip any recording and give that as the reason. Please set the volume low before you begin.

# Names of the systems
You are not told which system made which answer before you judge. Whether names are shown afterwards, and when, is part of this arena's rules; the page on which you start says so. As things are, they are not shown.

# How to stop
You can stop after any pair, for an hour or for ever. Nobody asks why. On your own page you can take this consent back with two clicks; from then on you get no more recordings.

# How to have your data removed
On your own page you can choose to leave. Your name, address, devices, languages and texts are then deleted within seven days. Your answers stay, under a name that leads nowhere. Or you can choose to withdraw: the same happens, and none of your answers count any more. The boards are computed anew without them, and the next release says how many answers were withdrawn. What was published before cannot be called back: it stays as numbers, and copies that others took are out of our hands.

# Who to ask
The people who run this arena answer your questions; their address is on its pages. You may always ask them for a copy of what is stored about you, and you can download it yourself from your own page.
""",
    "zh-hans": """
您会听到一些简短的录音：有人说出一个请求，两个计算机系统分别作答。由您来判断哪个回答更好。请先了解我们会如何使用您的回答。

# 我们记录什么
您的选择、选择的时间，以及每段录音您播放了哪些秒。您所说的语言及其熟练程度。您对耳机和周围环境的说明，以及听力检查的结果。如果您说明了与系统制作方的关系，也会记录。您的邮箱地址，只有管理本竞技场的人能看到。

# 我们公布什么
您的选择、时间和收听情况会以化名公布。每次发布都会更换化名，因此没有人能把您在不同发布中的记录联系起来。我们根据所有人的选择计算排行榜，排行榜是公开的。

# 我们不公布什么
您的姓名、邮箱地址、设备标记、网络地址，以及您写给我们的内容。

# 您会听到什么
录音由真人或机器生成。我们会去掉不合适的内容，但偶尔仍可能有让您不适的内容。您可以跳过任何一段录音，并以此为理由。开始之前请把音量调低。

# 系统的名称
评判之前，我们不会告诉您哪个回答来自哪个系统。之后是否公布、何时公布，由本竞技场的规则决定，开始页面会说明。目前不公布。

# 如何停止
您可以在任何一对之后停止，休息一小时或不再继续，没有人会问原因。在您的个人页面上点击两次即可撤回同意，此后您不会再收到录音。

# 如何删除您的数据
在您的个人页面上可以选择“离开”：您的姓名、地址、设备、语言和文字会在七天内删除，您的选择会保留，但其化名无法再追溯到任何人。也可以选择“撤回”：除上述之外，您的所有选择都不再计入。排行榜会在没有它们的情况下重新计算，下一次发布会说明撤回了多少选择。之前已经公布的内容无法收回：它们作为数字保留，他人已取得的副本不在我们的控制之内。

# 可以问谁
管理本竞技场的人会回答您的问题，联系地址在本站页面上。您随时可以要求一份关于您的记录，也可以在个人页面上自行下载。
""",
}


def publish(apps, schema_editor):
    texts = apps.get_model("judging", "ConsentText")
    for language, title in TITLES.items():
        body = BODIES[language].strip()
        texts.objects.create(
            version=VERSION,
            language=language,
            title=title,
            body=body,
            sha256=hashlib.sha256(f"{title}\n{body}".encode()).hexdigest(),
        )


class Migration(migrations.Migration):
    dependencies = [("judging", "0007_way_in_guards")]
    # Taking the tables away takes the texts with them; no row of theirs can be deleted before.
    operations = [migrations.RunPython(publish, migrations.RunPython.noop)]
