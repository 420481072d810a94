#pragma once
#include <optional>
#include <string>
#include <vector>

#include "access/event.hpp"
#include "access/policy_index.hpp"

/// Who may decide. A requester never counts, by whatever road: not under a second identity, not through a group, a tag,
/// a schedule, an escalation or an administrator's role.
namespace ag::access {

/// What approvers are looked up in.
struct Today {
  const PolicyIndex& index;
  /// None: whoever could decide at some time: everybody of an on-call schedule, not only whose turn it is.
  std::optional<Instant> now;
  /// With it: whoever could decide at some moment from `now` on, before this one.
  std::optional<Instant> until = std::nullopt;
};

[[nodiscard]] bool is_same_person(const Organization& organization, const UserId& a, const UserId& b);

/// Whoever acted: an administrator need not be in the directory, and has no id then.
struct Person {
  const UserId& id;
  const std::string& name;
};
/// The same of these; who has no id is whoever has that user name or mail address.
[[nodiscard]] bool is_same_person(const Organization& organization, const Person& a, const Person& b);

/// Who may decide in a step: enabled people, never the requester, nor another identity of the requester's.
[[nodiscard]] std::vector<const User*> candidates(const Step& step, const Today& today, const UserId& requester);
[[nodiscard]] bool is_candidate(const Step& step, const Today& today, const UserId& requester, const UserId& person);

/// Those of the parties who are enabled people of the directory; nobody twice.
[[nodiscard]] std::vector<const User*> members_of(const std::vector<Party>& parties, const Today& today);

/// The step together with those who may decide too by that moment; none: whenever.
[[nodiscard]] Step escalated(const Step& step, const std::vector<Escalation>& escalations, std::optional<Instant> by);

/// Whether distinct people can satisfy all steps, nobody counting twice: those who could decide, or only `out_of`.
[[nodiscard]] bool can_satisfy(const std::vector<Step>& steps, const Today& today, const UserId& requester);
[[nodiscard]] bool can_satisfy(const std::vector<Step>& steps, const Today& today, const UserId& requester,
                               const std::vector<UserId>& out_of);

[[nodiscard]] int approvals_needed(const std::vector<Step>& steps);
/// `TeamLeads, cleo`, or `nobody`.
[[nodiscard]] std::string names_of(const std::vector<Party>& parties);
/// For people: what each step needs and who there is.
[[nodiscard]] std::string who_could(const std::vector<Step>& steps, const Today& today, const UserId& requester);

/// The parties that the policy names, by AWS's ids, for what is asked: tags are looked up, and the manager. A name that
/// the organization does not know, or a tag or a manager that is not there, is nobody; it keeps its name for the
/// messages.
struct Asked {
  const User& requester;
  const Account& account;
  const PermissionSet& permission_set;
};
[[nodiscard]] std::vector<Party> resolve(const std::vector<PartyRule>& rules, const Organization& organization,
                                         const Asked& asked);

}  // namespace ag::access
