from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("inference", "0012_failed_jobs_and_recent_attempts"),
    ]

    operations = [
        migrations.AlterField(
            model_name="response",
            name="seed",
            field=models.BigIntegerField(
                blank=True, help_text="None where it was made elsewhere and is not known.", null=True
            ),
        ),
        migrations.AlterField(
            model_name="response",
            name="total_ms",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="None where it was made elsewhere and nobody took the time.",
                null=True,
            ),
        ),
    ]
