#pragma once
#ifndef AG_INJECTED_HPP
#define AG_INJECTED_HPP

/// Other people's bugs, to be brought back on purpose: what a simulator does not find when it is there, it would not
/// find when it comes by accident.
///
///   if (injected(Bug::kGivesUpAfterFiveDeletes) && tries >= 5) return;
///
/// Such lines are not in the program: bugs.patch puts them into the copy of the sources that the simulator is built of
/// (AG_BUGS, tools/weave_bugs.py), and this header beside them, hence the old-fashioned guard. Elsewhere the condition
/// is false at compile time. Where each bug comes from stands in bugs.cpp.
namespace ag {

enum class Bug {
  kNone,
  kGivesUpAfterFiveDeletes,
  kIrrevocableAfterSix,
  kRevokeOnceThenNightly,
  kConflictEndsTheRevoke,
  kTrustsAcceptedCreate,
  kTrustsAcceptedDelete,
  kFailedRevokeIsExpired,
  kGoneIsAFailure,
  kMissingRoleStopsRevoke,
  kDeletedUserStopsRevoke,
  kSuspendedAccountIsGivenUp,
  kGuardVetoesTheLastRevoke,
  kEarlyEndNeedsEligibility,
  kExpiryNeedsThePolicy,
  kDroppedKeepsAccess,
  kIdIsEnough,
  kForgetsGrantsOnUpgrade,
  kStepDownDropsRevokes,
  kExpiredWhileDownIsSkipped,
  kFirstRecordOfABatch,
  kSameSecondCollides,
  kSecondLeaseIsForgotten,
  kWaitsForTheSync,
  kHotLoop,
  kGrantsBeforeRevokes,
  kNoRateLimit,
  kParallelInAccount,
  kThrottlingLosesTheGrant,
  kProviderErrorIsFinal,
  kCutsOverlappingGrants,
  kTakesOverStandingAccess,
  kSweepsWhatItDoesNotKnow,
  kActsBeforeItIsWritten,
  kRevokesNeedTheLedger,
  kZombieCreate,
  kFirstPageOnly,
  kSelfApproval,
  kAnyoneApproves,
  kTwoApproversTwoGrants,
  kStaleApprovalCounts,
  kForgetsApproversLimit,
  kDuplicateRequests,
  kDenyIsNeverRemoved,
  kDenyHitsTheNextGrant,
  kDenyHitsEveryRole,
  kEarlyEndIsSoft,
  kSwitchIsLeftBehind,
  kCreateBeforeTheSwitch,
  kSwitchIsNotMoved,
  kRestoreIsTakenForNews,
  kGrantsBeforeTheSweep,
  kChangedSetGoesOn,
  kChangedSetKeepsGrants,
  kOwnCreatesAreForeign,
  kHandsOverWhatWasEnded,
  kTakesWhatOthersMadeToo,
};

#ifdef AG_BUGS
/// The one that is back; set before anything else runs.
inline Bug brought_back = Bug::kNone;
[[nodiscard]] inline bool injected(Bug bug) { return bug == brought_back; }
#else
[[nodiscard]] constexpr bool injected(Bug /*bug*/) { return false; }
#endif

}  // namespace ag
#endif
