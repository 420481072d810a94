#include "server/api/timeline.hpp"

#include <fmt/format.h>

#include "access/approvers.hpp"

namespace ag::server {

using access::Entry;

namespace {

template <class Ids>
std::vector<std::string> strings_of(const Ids& ids) {
  std::vector<std::string> texts;
  for (const auto& id : ids) texts.push_back(id.str());
  return texts;
}

std::string words(const access::RequestSubmitted& e) {
  const access::Request& asked = e.request;
  if (asked.extends) return fmt::format("asked for {} more of {}", to_text(asked.duration), asked.extends->str());
  return fmt::format("{} {} for {}", asked.break_glass ? "took" : "asked for", asked.permission_set_name,
                     to_text(asked.duration));
}
std::string words(const access::RequestDecided& e) {
  std::string text = e.decision == access::Verdict::kApprove ? "approved" : "denied";
  if (e.max_duration) text += fmt::format(", for {} at most", to_text(*e.max_duration));
  if (e.dropped) text += fmt::format(", without {}", fmt::join(strings_of(*e.dropped), ", "));
  return text;
}
std::string words(const access::RequestApproved& e) {
  return fmt::format("granted: access from {} to {}", to_rfc3339(e.start), to_rfc3339(e.end));
}
std::string words(const access::GrantsExtended& e) {
  return fmt::format("granted: the access ends at {}", to_rfc3339(e.grants.front().end));
}
std::string words(const access::GrantStarted&) { return "its start has come, and it is still allowed"; }
std::string words(const access::RequestReminded&) { return "still waits: those who may decide are reminded"; }
std::string words(const access::RequestEscalated&) { return "waits for so long that further people may decide"; }
std::string words(const access::BreakGlassOpened& e) {
  return fmt::format("BREAK-GLASS: nobody was asked; {} told; to be reviewed by {}", access::names_of(e.notify),
                     to_rfc3339(e.review_by));
}
std::string words(const access::BreakGlassReviewed& e) { return fmt::format("reviewed: {}", name_of(e.finding)); }
std::string words(const access::BreakGlassOverdue& e) {
  return fmt::format("its review is overdue: it was to be closed by {}", to_rfc3339(e.review_by));
}
std::string words(const access::PolicyProposed& e) {
  return fmt::format("policy {} proposed; it widens access, so somebody else must agree", e.hash.substr(0, 12));
}
std::string words(const access::PolicyChangeDecided& e) {
  const std::string what = e.decision == access::Verdict::kApprove ? "agreed to" : "denied";
  return fmt::format("{} policy {}", what, e.hash.substr(0, 12));
}
std::string words(const access::RequestWithdrawn&) { return "withdrawn"; }
std::string words(const access::RequestVoided& e) { return "closed it as void: " + e.message; }
std::string words(const access::PermissionSetSeen& e) {
  if (!e.was_content) return fmt::format("read what {} allows: {}", e.name, name_of(e.level));
  std::string text = fmt::format("{} was changed in AWS", e.name);
  if (e.was_level && *e.was_level != e.level)
    text += fmt::format(": {} by what it allows, before {}", name_of(e.level), name_of(*e.was_level));
  if (e.gained && !e.gained->empty()) text += fmt::format("; it gained {}", fmt::join(*e.gained, ", "));
  if (e.lost && !e.lost->empty()) text += fmt::format("; it lost {}", fmt::join(*e.lost, ", "));
  return text;
}
std::string words(const access::RequestLapsed&) { return "lapsed: nobody decided in time"; }
std::string words(const access::GrantEnding& e) {
  return e.cause == access::EndCause::kExpiry ? "the time is over"
         : e.cause == access::EndCause::kPolicy
             ? "ended: " + e.reason.value_or("policy or directory do not allow it any more")
             : fmt::format("ended early by the {}", name_of(e.cause));
}
std::string words(const access::CreateIntended& e) { return "going to make the assignment in " + e.slot.account.str(); }
std::string words(const access::CreateAccepted& e) { return "AWS took the assignment on as " + e.operation.str(); }
std::string words(const access::SlotPresent& e) { return "seen in AWS at " + to_rfc3339(e.observed_at) + ": active"; }
std::string words(const access::SlotStanding&) {
  return "AWS has this assignment already, and it is not ours: it stays as it is";
}
std::string words(const access::SlotMissing&) { return "somebody removed the assignment in AWS; making it again"; }
std::string words(const access::DeleteIntended& e) {
  return "going to remove the assignment from " + e.slot.account.str();
}
std::string words(const access::DeleteAccepted& e) { return "AWS took the removal on as " + e.operation.str(); }
std::string words(const access::SlotAbsent& e) { return "seen to be gone from AWS at " + to_rfc3339(e.observed_at); }
std::string words(const access::GrantCovered& e) { return "over; the assignment stays for " + e.by.str(); }
std::string words(const access::GrantFailed& e) {
  return "failed: " + e.code + (e.message.empty() ? "" : ": " + e.message);
}
std::string words(const access::PolicyApplied& e) {
  return "policy " + e.hash.substr(0, 12) + " applied from " + e.source;
}
std::string words(const access::TokenIssued& e) { return "token issued for " + e.user_name; }
std::string words(const access::TokenRevoked&) { return "token revoked"; }
std::string words(const access::CreateUnanswered&) { return "AWS did not answer the create: it may still take effect"; }
std::string words(const access::SlotReappeared&) {
  return "there again, by a create that AWS took late: it is being removed";
}
std::string words(const access::SlotShared& e) {
  const bool stays = e.at_expiry == access::ForeignCreates::kHold;
  return fmt::format("{} has made the same assignment at {}, which AWS keeps once: it {} when this access expires",
                     e.by, to_rfc3339(e.made_at), stays ? "stays" : "goes all the same");
}
std::string words(const access::SlotHandedOver& e) {
  return fmt::format("over, and the assignment stays: {} made it too, so it is standing access now", e.by);
}
std::string assignment_words(const access::PermissionSetArn& set, const access::AccountId& account,
                             const std::optional<access::UserId>& user, const std::optional<access::GroupId>& group) {
  return fmt::format("{} in {} for {} {}", set.str(), account.str(), user ? "user" : "group",
                     user ? user->str() : group.value_or(access::GroupId()).str());
}
std::string words(const access::AssignmentAppeared& e) {
  return "somebody else gave standing access: " + assignment_words(e.permission_set, e.account, e.user, e.group);
}
std::string words(const access::AssignmentVanished& e) {
  return "somebody else took standing access away: " + assignment_words(e.permission_set, e.account, e.user, e.group);
}
std::string words(const access::SessionsCutIntended& e) {
  std::vector<std::string> cut;
  for (const auto& each : e.cut) {
    cut.push_back(fmt::format("{} in {}, issued before {}", each.slot.principal.str(), each.slot.account.str(),
                              to_rfc3339(each.issued_before)));
  }
  std::string text = cut.empty() ? "" : fmt::format("going to deny live sessions: {}", fmt::join(cut, "; "));
  if (e.restore.empty()) return text;
  return fmt::format("{}{}going to take {} out of the policy {}", text, text.empty() ? "" : "; ", e.restore.size(),
                     e.policy);
}
std::string words(const access::SessionsCut& e) {
  return fmt::format("live sessions in {} are denied everything if issued before {}: seen in AWS at {}",
                     e.slot.account.str(), to_rfc3339(e.issued_before), to_rfc3339(e.observed_at));
}
std::string words(const access::SessionsRestored& e) {
  return "no session in " + e.slot.account.str() + " is denied any more: none can live";
}
std::string words(const access::SessionsCutRefused& e) {
  return fmt::format("live sessions in {} are not cut, {}: {}", e.slot.account.str(), e.code, e.message);
}
std::string words(const access::SwitchArmed& e) {
  return fmt::format("AWS itself removes the assignment at {} if nobody did before: schedule {}", to_rfc3339(e.at),
                     e.name);
}
std::string words(const access::SwitchDisarmed& e) { return "schedule " + e.name + " is gone"; }
std::string words(const access::GrantsSuspended& e) { return "no access is given from now on: " + e.message; }
std::string words(const access::GrantsResumed&) { return "access is given again"; }
std::string words(const access::RollbackAccepted& e) {
  return fmt::format("an operator accepted this ledger of {} entries in place of the one of {}", e.size,
                     e.checkpoint_size);
}
std::string words(const access::ServerStarted& e) { return "AccessGuard " + e.version + " started"; }

// What people wrote themselves; of all else there is nothing.
std::optional<std::string> own_words(const access::RequestSubmitted& e) { return e.request.reason; }
std::optional<std::string> own_words(const access::RequestDecided& e) { return e.comment; }
std::optional<std::string> own_words(const access::BreakGlassReviewed& e) { return e.comment; }
std::optional<std::string> own_words(const access::PolicyChangeDecided& e) { return e.comment; }
std::optional<std::string> own_words(const access::GrantEnding& e) {
  return e.cause == access::EndCause::kPolicy ? std::nullopt : e.reason;
}
template <class Other>
std::optional<std::string> own_words(const Other&) {
  return std::nullopt;
}

}  // namespace

void Timeline::add(const Entry& entry) {
  made_ = made_ || std::holds_alternative<access::CreateIntended>(entry.event);
  const auto* absent = std::get_if<access::SlotAbsent>(&entry.event);
  const auto said = std::visit([](const auto& event) { return own_words(event); }, entry.event);
  items_.push_back(json::object{
      {"index", entry.index},
      {"at", to_rfc3339(entry.at)},
      {"kind", access::kind_of(entry.event)},
      {"actor", entry.actor.name.value_or("AccessGuard")},
      {"text", absent != nullptr && !made_ ? "nothing was made in AWS: seen at " + to_rfc3339(absent->observed_at)
                                           : std::visit([](const auto& event) { return words(event); }, entry.event)},
      {"said", said ? json::value(json::string(*said)) : json::value(nullptr)}});
}

}  // namespace ag::server
