from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inference", "0024_alarms_are_told"),
    ]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="ready",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Where the playback file made of it lies, and what was measured.",
            ),
        ),
    ]
