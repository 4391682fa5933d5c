"""An audience names its pair's prompt, so that what two systems met on is read from one index (J99)."""

import django.db.models.deletion
from django.db import migrations, models

FILL = """
    UPDATE judging_audience SET prompt_id = pair.prompt_id
    FROM judging_pair AS pair WHERE pair.id = judging_audience.pair_id
"""
PROMPT = {
    "db_constraint": False,
    "db_index": False,
    "on_delete": django.db.models.deletion.PROTECT,
    "related_name": "+",
    "to": "inference.prompt",
}


class Migration(migrations.Migration):
    dependencies = [("inference", "0021_training_prompts"), ("judging", "0022_picking_by_withdrawal")]
    operations = [
        migrations.AddField("audience", "prompt", models.ForeignKey(null=True, **PROMPT)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField("audience", "prompt", models.ForeignKey(**PROMPT)),
        migrations.RemoveIndex("audience", "audiences_of_two_systems"),
        migrations.AddIndex(
            "audience",
            models.Index(fields=["systems"], include=["prompt", "people"], name="prompts_of_two_systems"),
        ),
    ]
