#include "simulation/bugs.hpp"

#include <algorithm>
#include <array>

namespace ag::simulation {
namespace {

constexpr std::string_view kOwn = "our own";

constexpr std::array<KnownBug, 56> kBugs = {{
    {Bug::kGivesUpAfterFiveDeletes, "gives-up-after-five-deletes", "TEAM #255, #327, #346, #349",
     "five deletes in 93 seconds, then it stays"},
    {Bug::kIrrevocableAfterSix, "irrevocable-after-six", "Vault PRs #11333, #11452",
     "after six failures the lease is irrevocable and is tried once a day"},
    {Bug::kRevokeOnceThenNightly, "revoke-once-then-nightly", "sso-elevator, revoker without retries",
     "one delete; what fails waits for the sweep of the night"},
    {Bug::kConflictEndsTheRevoke, "conflict-ends-the-revoke", "TEAM #513, #515", "ConflictException ends the revoke"},
    {Bug::kTrustsAcceptedCreate, "trusts-accepted-create", "TEAM #522, #419, #55",
     "an accepted create counts as access"},
    {Bug::kTrustsAcceptedDelete, "trusts-accepted-delete", "TEAM #398", "an accepted delete counts as gone"},
    {Bug::kFailedRevokeIsExpired, "failed-revoke-is-expired", "jitsudo, sweepExpired",
     "a revoke that failed is recorded as expired"},
    {Bug::kGoneIsAFailure, "gone-is-a-failure", "OpenBao #2101, Vault #5968",
     "what is gone already cannot be revoked, for ever"},
    {Bug::kMissingRoleStopsRevoke, "missing-role-stops-revoke", "Vault #4846",
     "the role was deleted before the lease: the revoke has nothing to go by"},
    {Bug::kDeletedUserStopsRevoke, "deleted-user-stops-revoke", "terraform-provider-aws #19341",
     "the end of somebody who left the directory is dropped"},
    {Bug::kSuspendedAccountIsGivenUp, "suspended-account-is-given-up", "aws-sso-util #80",
     "what fails in a suspended account is not tried again"},
    {Bug::kGuardVetoesTheLastRevoke, "guard-vetoes-the-last-revoke", "Entra PIM, MSRC case",
     "a business rule keeps the last holder"},
    {Bug::kEarlyEndNeedsEligibility, "early-end-needs-eligibility", "TEAM, router of #255",
     "an early end needs what the request once needed"},
    {Bug::kExpiryNeedsThePolicy, "expiry-needs-the-policy", "TEAM, router of #255",
     "without a rule that opens it nothing ends"},
    {Bug::kDroppedKeepsAccess, "dropped-keeps-access", "Teleport #50957", "dropping a request does not end its access"},
    {Bug::kIdIsEnough, "id-is-enough", "OpenBao CVE-2026-40264", "whoever knows the id may revoke"},
    {Bug::kForgetsGrantsOnUpgrade, "forgets-grants-on-upgrade", "TEAM #149",
     "grants from before the upgrade have no end any more"},
    {Bug::kStepDownDropsRevokes, "step-down-drops-revokes", "Vault #5000, #7373",
     "a revoke that was under way is lost with the process"},
    {Bug::kExpiredWhileDownIsSkipped, "expired-while-down-is-skipped", "Vault #6417",
     "what is long overdue is passed over"},
    {Bug::kFirstRecordOfABatch, "first-record-of-a-batch", "TEAM #507",
     "of what falls due together only the first is done"},
    {Bug::kSameSecondCollides, "same-second-collides", "sso-elevator, schedule names",
     "two ends in one second share one schedule"},
    {Bug::kSecondLeaseIsForgotten, "second-lease-is-forgotten", "OpenBao GHSA-vv66-6rp4-wr4f, #2935",
     "what was revoked once is not revoked again"},
    {Bug::kWaitsForTheSync, "waits-for-the-sync", "Teleport #48959", "revokes wait for the next cycle of provisioning"},
    {Bug::kHotLoop, "hot-loop", "Vault #4751", "expiry is tried again without a pause"},
    {Bug::kGrantsBeforeRevokes, "grants-before-revokes", "Vault #3410, #8994",
     "revokes share the queue of everything else"},
    {Bug::kNoRateLimit, "no-rate-limit", "TEAM #162, terraform-provider-aws #24858, #35646",
     "as many calls as there is work"},
    {Bug::kParallelInAccount, "parallel-in-account", "aws-iam-identity-center-extensions #87",
     "several changes of one account at once"},
    {Bug::kThrottlingLosesTheGrant, "throttling-loses-the-grant", "TEAM #256, #349", "a throttled assignment is lost"},
    {Bug::kProviderErrorIsFinal, "provider-error-is-final", "Glide, granter retries Lambda errors only",
     "an error of AWS's ends the grant"},
    {Bug::kCutsOverlappingGrants, "cuts-overlapping-grants", "TEAM #104, #279",
     "the first of two grants to end takes the assignment of both"},
    {Bug::kTakesOverStandingAccess, "takes-over-standing-access", "TEAM, deletes unconditionally",
     "an assignment made by hand becomes ours, and goes at the end"},
    {Bug::kSweepsWhatItDoesNotKnow, "sweeps-what-it-does-not-know", "sso-elevator #108",
     "the sweep deletes assignments it does not know"},
    {Bug::kActsBeforeItIsWritten, "acts-before-it-is-written", "sso-elevator, assigns before it logs",
     "the create goes out before its record is safe"},
    {Bug::kRevokesNeedTheLedger, "revokes-need-the-ledger", "TEAM, revoke begins with a read without retry",
     "while the database is down nothing is taken away"},
    {Bug::kZombieCreate, "zombie-create", "terraform-provider-aws #25849, TEAM #419",
     "a create that comes late outlives the revoke"},
    {Bug::kFirstPageOnly, "first-page-only", "TEAM #128, sso-elevator #48", "only the first page of a list is read"},
    {Bug::kSelfApproval, "self-approval", "TEAM CVE-2025-1969", "the requester approves"},
    {Bug::kAnyoneApproves, "anyone-approves", "TEAM #176, #253, #356", "approvers are not those whom the policy names"},
    {Bug::kTwoApproversTwoGrants, "two-approvers-two-grants", "sso-elevator #47",
     "two approvers click at once, and it is granted twice"},
    {Bug::kStaleApprovalCounts, "stale-approval-counts", "CVE-2017-16857",
     "an approval counts for what was never seen"},
    {Bug::kForgetsApproversLimit, "forgets-approvers-limit", "Teleport PR #14711",
     "the restriction is lost on the way to the grant"},
    {Bug::kDuplicateRequests, "duplicate-requests", "Glide #619", "a click that is repeated asks again"},
    // What no rival has, or tells of: bugs of our own making, so that no law goes untested.
    {Bug::kDenyIsNeverRemoved, "deny-is-never-removed", kOwn, "what denies the sessions of a hard end stays for ever"},
    {Bug::kDenyHitsTheNextGrant, "deny-hits-the-next-grant", kOwn, "sessions are denied that are yet to begin"},
    {Bug::kDenyHitsEveryRole, "deny-hits-every-role", kOwn, "the deny is not limited to the permission set"},
    {Bug::kEarlyEndIsSoft, "early-end-is-soft", kOwn, "only what ends at its time ends hard"},
    {Bug::kSwitchIsLeftBehind, "switch-is-left-behind", kOwn, "the schedule stays after our own verified delete"},
    {Bug::kCreateBeforeTheSwitch, "create-before-the-switch", kOwn, "access is given before AWS would remove it"},
    {Bug::kSwitchIsNotMoved, "switch-is-not-moved", kOwn, "a later end does not move the schedule"},
    {Bug::kRestoreIsTakenForNews, "restore-is-taken-for-news", kOwn, "a ledger that came back older is believed"},
    {Bug::kGrantsBeforeTheSweep, "grants-before-the-sweep", kOwn,
     "once a restore is accepted access is given before anybody has looked"},
    {Bug::kChangedSetGoesOn, "changed-set-goes-on", kOwn,
     "what was asked of a permission set holds for what it became"},
    {Bug::kChangedSetKeepsGrants, "changed-set-keeps-grants", kOwn,
     "what was agreed to and has not begun holds for what the permission set became"},
    {Bug::kOwnCreatesAreForeign, "own-creates-are-foreign", kOwn,
     "our own creates in CloudTrail are taken for somebody's, and stay"},
    {Bug::kHandsOverWhatWasEnded, "hands-over-what-was-ended", kOwn,
     "what somebody else made too stays although a person ended it"},
    {Bug::kTakesWhatOthersMadeToo, "takes-what-others-made-too", kOwn,
     "what somebody else made too goes at the end, although it is to stay"},
}};

}  // namespace

std::span<const KnownBug> known_bugs() { return kBugs; }

const KnownBug* find_bug(std::string_view name) {
  const auto it = std::find_if(kBugs.begin(), kBugs.end(), [&](const auto& each) { return each.name == name; });
  return it == kBugs.end() ? nullptr : &*it;
}

bool bring_back([[maybe_unused]] Bug bug) {
#ifdef AG_BUGS
  brought_back = bug;
  return true;
#else
  return bug == Bug::kNone;
#endif
}

}  // namespace ag::simulation
