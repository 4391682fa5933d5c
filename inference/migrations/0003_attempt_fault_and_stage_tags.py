from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("inference", "0002_immutability")]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="fault",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "nobody's"),
                    ("submitter", "Submitter"),
                    ("platform", "Platform"),
                    ("upstream", "Upstream"),
                ],
                db_default="",
                default="",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="stage",
            name="tags",
            field=models.JSONField(blank=True, default=dict, help_text="What came out beside the text."),
        ),
    ]
