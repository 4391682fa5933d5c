"""The addresses of the judging; a ballot's name nothing but the ballot and a side (J26, J90)."""

from django.urls import path

from judging.pages import balance, ballots, batches, device, join, keys, me, training
from judging.services import clips

urlpatterns = [
    path("me/", me.overview, name="me"),
    path("me/data", me.data, name="me_data"),
    path("me/consent/", me.consent, name="me_consent"),
    path("me/leave/", me.leave, name="me_leave"),
    path("me/appeal", me.appeal, name="me_appeal"),
    path("me/ties/<int:tie>/over", me.tie_over, name="me_tie_over"),
    path("terms/", join.terms, name="terms"),
    path("join/", join.way_in, name="join"),
    path("join/consent/", join.consent, name="join_consent"),
    path("join/languages/", join.languages_, name="join_languages"),
    path("join/device/", device.start, name="join_device"),
    path("join/device/volume/", device.volume, name="join_volume"),
    path("join/device/volume/speech", device.speech, name="join_speech"),
    path("join/device/headphones/", device.headphones, name="join_headphones"),
    path("join/device/headphones/sound", device.trial, name="join_trial"),
    path("join/device/headphones/decline", device.decline, name="join_decline"),
    path("join/device/result/", device.result, name="join_device_result"),
    path("join/training/", training.start, name="join_training"),
    path("join/training/<uuid:public_id>/", training.feedback, name="join_feedback"),
    path("balance/", balance.balance, name="balance"),
    path("judge/", batches.start, name="judge"),
    path("judge/keys/", keys.keys, name="judge_keys"),
    path("batches/<uuid:public_id>/", batches.batch, name="batch"),
    path("batches/<uuid:public_id>/finish", batches.finish, name="batch_finish"),
    path("ballots/<uuid:public_id>/", ballots.ballot, name="ballot"),
    *(
        path(f"ballots/<uuid:public_id>/{clip}", ballots.clip, {"clip": clip}, name=f"ballot_{clip}")
        for clip in clips.NAMES
    ),
    path("ballots/<uuid:public_id>/heard", ballots.beat, name="ballot_heard"),
    path("ballots/<uuid:public_id>/ahead", ballots.ahead, name="ballot_ahead"),
    path("ballots/<uuid:public_id>/vote", ballots.vote, name="ballot_vote"),
    path("ballots/<uuid:public_id>/withdraw", ballots.withdraw, name="ballot_withdraw"),
    path("ballots/<uuid:public_id>/skip", ballots.skip, name="ballot_skip"),
    path("ballots/<uuid:public_id>/report", ballots.report, name="ballot_report"),
    path("ballots/<uuid:public_id>/continue-here", ballots.continue_here, name="ballot_continue"),
]
