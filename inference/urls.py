"""The team's pages, and their part of the API."""

from django.urls import path

from inference.api import (
    jobs,
    me,
    prompts,
    reading,
    secrets,
    submission_parts,
    submissions,
    systems,
    uploads,
    webhooks,
)
from inference.views import submissions as submission_pages
from inference.views import systems as pages
from inference.views import teams

V1 = "api/v1/"
OF_SUBMISSION = f"{V1}submissions/<uuid:submission>"
OF_JOB = f"{V1}jobs/<uuid:job>"
OF_WEBHOOK = f"{V1}webhooks/<uuid:webhook>"
OF_SET = f"{V1}prompt-sets/<slug:slug>/<int:version>"

api_patterns = [
    path(f"{V1}status", reading.Status.as_view(), name="api-status"),
    path(f"{V1}languages", reading.Languages.as_view(), name="api-languages"),
    path(f"{V1}domains", reading.Domains.as_view(), name="api-domains"),
    path(f"{V1}levels", reading.Levels.as_view(), name="api-levels"),
    path(f"{V1}tasks", reading.Tasks.as_view(), name="api-tasks"),
    path(f"{V1}adapters", reading.Adapters.as_view(), name="api-adapters"),
    path(f"{V1}adapters/<slug:name>", reading.AdapterDetail.as_view(), name="api-adapter"),
    path(f"{V1}me", me.Me.as_view(), name="api-me"),
    path(f"{V1}me/quota", me.Quota.as_view(), name="api-quota"),
    path(f"{V1}tokens", me.Tokens.as_view(), name="api-tokens"),
    path(f"{V1}tokens/<uuid:token>", me.TokenDetail.as_view(), name="api-token"),
    path(f"{V1}prompt-sets", prompts.PromptSets.as_view(), name="api-prompt-sets"),
    path(OF_SET, prompts.PromptSetDetail.as_view(), name="api-prompt-set"),
    path(f"{OF_SET}/manifest", prompts.Manifest.as_view(), name="api-manifest"),
    path(f"{OF_SET}/archive", prompts.Archive.as_view(), name="api-archive"),
    path(f"{V1}prompts/<uuid:prompt>/audio", prompts.PromptAudio.as_view(), name="api-prompt-audio"),
    path(f"{V1}models", systems.Models.as_view(), name="api-models"),
    path(f"{V1}models/<slug:slug>", systems.ModelDetail.as_view(), name="api-model"),
    path(f"{V1}systems", systems.Systems.as_view(), name="api-systems"),
    path(f"{V1}systems/<slug:slug>", systems.SystemDetail.as_view(), name="api-system"),
    path(f"{V1}systems/<slug:slug>/codename", systems.Codename.as_view(), name="api-codename"),
    path(f"{V1}systems/<slug:slug>/reveal", systems.Reveal.as_view(), name="api-reveal"),
    path(f"{V1}systems/<slug:slug>/retire", systems.Retire.as_view(), name="api-retire"),
    path(f"{V1}systems/<slug:slug>/withdraw", systems.WithdrawSystem.as_view(), name="api-system-withdraw"),
    path(f"{V1}submissions", submissions.Submissions.as_view(), name="api-submissions"),
    path(OF_SUBMISSION, submissions.SubmissionDetail.as_view(), name="api-submission"),
    path(f"{OF_SUBMISSION}/submit", submissions.Submit.as_view(), name="api-submit"),
    path(f"{OF_SUBMISSION}/cancel", submissions.Cancel.as_view(), name="api-cancel"),
    path(f"{OF_SUBMISSION}/retry", submissions.Retry.as_view(), name="api-retry"),
    path(f"{OF_SUBMISSION}/accept-partial", submissions.AcceptPartial.as_view(), name="api-accept-partial"),
    path(f"{OF_SUBMISSION}/withdraw", submissions.WithdrawSubmission.as_view(), name="api-withdraw"),
    path(f"{OF_SUBMISSION}/events", submission_parts.Events.as_view(), name="api-submission-events"),
    path(f"{OF_SUBMISSION}/jobs", submission_parts.Jobs.as_view(), name="api-submission-jobs"),
    path(f"{OF_SUBMISSION}/responses", submission_parts.Responses.as_view(), name="api-submission-responses"),
    path(f"{OF_SUBMISSION}/uploads", uploads.Uploads.as_view(), name="api-submission-uploads"),
    path(f"{V1}uploads/<uuid:upload>", uploads.UploadDetail.as_view(), name="api-upload"),
    path(f"{V1}uploads/<uuid:upload>/parts/<int:number>", uploads.Part.as_view(), name="api-part"),
    path(f"{V1}uploads/<uuid:upload>/complete", uploads.Complete.as_view(), name="api-complete"),
    path(f"{V1}secrets", secrets.Secrets.as_view(), name="api-secrets"),
    path(f"{V1}secrets/<slug:name>", secrets.SecretDetail.as_view(), name="api-secret"),
    path(f"{V1}jobs/claim", jobs.Claim.as_view(), name="api-claim"),
    path(f"{OF_JOB}/heartbeat", jobs.Heartbeat.as_view(), name="api-heartbeat"),
    path(f"{OF_JOB}/complete", jobs.CompleteJob.as_view(), name="api-job-complete"),
    path(f"{OF_JOB}/fail", jobs.Fail.as_view(), name="api-fail"),
    path(f"{OF_JOB}/release", jobs.Release.as_view(), name="api-release"),
    path(f"{V1}webhooks", webhooks.Webhooks.as_view(), name="api-webhooks"),
    path(OF_WEBHOOK, webhooks.WebhookDetail.as_view(), name="api-webhook"),
    path(f"{OF_WEBHOOK}/test", webhooks.Test.as_view(), name="api-webhook-test"),
    path(f"{OF_WEBHOOK}/deliveries", webhooks.Deliveries.as_view(), name="api-deliveries"),
    path(
        f"{OF_WEBHOOK}/deliveries/<uuid:delivery>/redeliver",
        webhooks.Redeliver.as_view(),
        name="api-redeliver",
    ),
]

urlpatterns = [
    path("my/", pages.my_systems, name="my_systems"),
    path("my/systems/<slug:slug>/", pages.my_system, name="my_system"),
    path("my/systems/<slug:slug>/answers/", pages.my_answers, name="my_answers"),
    path("my/systems/<slug:slug>/answers/<uuid:prompt>/", pages.my_answer, name="my_answer"),
    path("my/systems/<slug:slug>/resume", pages.resume, name="my_system_resume"),
    path("my/teams/", teams.my_teams, name="my_teams"),
    path("my/invitations/<uuid:invitation>", teams.answer_invitation, name="answer_invitation"),
    path("my/teams/<slug:slug>/", teams.my_team, name="my_team"),
    path("my/teams/<slug:slug>/invite", teams.invite, name="team_invite"),
    path("my/teams/<slug:slug>/people/<int:person>/leave", teams.leave, name="team_leave"),
    path("my/teams/<slug:slug>/people/<int:person>/role", teams.set_role, name="team_role"),
    path("my/teams/<slug:slug>/tokens", teams.make_token, name="team_token"),
    path("my/teams/<slug:slug>/tokens/<uuid:token>/revoke", teams.revoke_token, name="team_revoke"),
    path("my/submissions/", submission_pages.my_submissions, name="my_submissions"),
    path("my/submissions/<uuid:submission>/", submission_pages.my_submission, name="my_submission"),
    path(
        "my/submissions/<uuid:submission>/<slug:action>", submission_pages.decide, name="my_submission_decide"
    ),
    *api_patterns,
]
