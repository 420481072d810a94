#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "access/organization.hpp"
#include "aws/types.hpp"

/// What makes a permission set: its tags, then the policies it is made of and what the AWS managed ones among them say.
/// A part of the directory's reading: five calls a set, and one or two for each managed policy that any of them names.
namespace ag::control {

class SetReading {
 public:
  /// An earlier process has read this.
  void adopt(const access::Snapshot& cached);

  /// The calls that a new reading begins with, and those that it goes on with.
  [[nodiscard]] std::vector<aws::Call> begin_tags(const aws::InstanceArn& instance,
                                                  const std::vector<access::PermissionSet>& sets);
  [[nodiscard]] std::vector<aws::Call> begin_policies(const aws::InstanceArn& instance,
                                                      const std::vector<access::PermissionSet>& sets);
  [[nodiscard]] static bool owns(const aws::Call& call);
  /// Takes in a page of a list, or what else was asked; returns what is to be asked for it. The next page is the
  /// caller's.
  [[nodiscard]] std::vector<aws::Call> take(const aws::Call& call, const aws::Reply& reply);
  /// AWS would not tell, for good. What the call was to tell is not known, unless it is only that AWS could not tell
  /// just now: then what a permission set allows is what it was.
  void fail(const aws::Call& call, const aws::AwsError& error);
  /// A role that was denied an operation so often, and never answered, may never use it: asking a thousand times more
  /// would only fill the company's audit trail with denials.
  [[nodiscard]] bool is_hopeless(const aws::Call& call) const;

  /// All answers are there: whether they say something else than the reading before knew.
  [[nodiscard]] bool finish_tags();
  [[nodiscard]] bool finish_policies();
  /// Fills in what is known so far: of what was not read in this reading, what the one before knew.
  void fill_in(access::Snapshot& snapshot) const;
  /// What could not be read, in words.
  [[nodiscard]] const std::set<std::string>& gaps() const { return gaps_; }

 private:
  using TagsOfSets = std::map<access::PermissionSetArn, std::vector<std::pair<std::string, std::string>>>;
  using PoliciesOfSets = std::map<access::PermissionSetArn, access::SetPolicies>;
  struct Tried {
    std::size_t denied = 0;
    bool answered = false;
  };
  using Managed = std::map<std::string, access::ManagedPolicy>;

  template <class Call, class Reply>
  void note(const Call&, const Reply&) {}  // a reply of the wrong kind: cannot be
  void note(const aws::ListTagsOfPermissionSet& call, const aws::Tags& page);
  void note(const aws::ListManagedPoliciesInPermissionSet& call, const aws::AttachedPolicies& page);
  void note(const aws::ListCustomerManagedPolicyReferencesInPermissionSet& call,
            const aws::CustomerManagedPolicies& page);
  void note(const aws::GetInlinePolicyForPermissionSet& call, const aws::InlinePolicy& policy);
  void note(const aws::GetPermissionsBoundaryForPermissionSet& call, const aws::PermissionsBoundary& boundary);
  void note(const aws::GetManagedPolicy& call, const aws::ManagedPolicy& policy);
  void note(const aws::GetManagedPolicyVersion& call, const aws::PolicyDocument& document);
  void want(const std::string& managed_policy);

  // Where they are known: from this reading or, until it has come so far, from the one before.
  TagsOfSets known_tags_;
  PoliciesOfSets known_policies_;
  Managed known_managed_;
  // In this reading; a set that is not there could not be read.
  TagsOfSets tags_;
  PoliciesOfSets policies_;
  Managed managed_;
  std::set<access::PermissionSetArn> later_;        ///< AWS could not tell all of their policies just now
  std::set<access::PermissionSetArn> no_boundary_;  ///< whose boundary, if any, AWS did not tell
  std::set<std::string> wanted_;                    ///< managed policies that were asked for in this reading
  std::vector<aws::Call> next_;
  std::map<std::string, Tried, std::less<>> tried_;  ///< by operation
  std::set<std::string> gaps_;
};

/// How gaps begin that hide no assignments: what a permission set is made of.
[[nodiscard]] bool is_gap_of_sets(std::string_view gap);

}  // namespace ag::control
