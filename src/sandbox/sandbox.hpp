#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/http.hpp"
#include "base/id.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

/// An AWS organization that answers over AWS's wire protocols, with AWS's delays and limits. Pure: a request and
/// the moment come in, a response goes out; whoever owns it puts it behind a socket or feeds it from a test.
///
/// It serves sso-admin, identitystore and organizations (JSON 1.1) and sts and iam (query). Every request must be
/// signed (SigV4) with `credentials()` or with what AssumeRole gave; all services share one address, `X-Amz-Target`
/// and the credential scope tell them apart.
namespace ag::sandbox {

using AccountId = Id<struct AccountIdKind>;                ///< twelve digits
using UserId = Id<struct UserIdKind>;                      ///< `906…-uuid`
using GroupId = Id<struct GroupIdKind>;                    ///< `906…-uuid`
using PermissionSetArn = Id<struct PermissionSetArnKind>;  ///< `arn:aws:sso:::permissionSet/ssoins-…/ps-…`
using OperationId = Id<struct OperationIdKind>;            ///< the RequestId of an assignment under way, a UUID

struct Credentials {
  std::string access_key_id;
  std::string secret_access_key;
};

/// How AWS behaves. The defaults are AWS's own published limits and its usual delays.
struct Behaviour {
  Duration operation_min = Duration::milliseconds(800);  ///< how long an assignment takes, at least
  Duration operation_max = Duration::milliseconds(3'000);
  int calls_per_second = 20;  ///< all sso-admin calls together; the same again for identitystore
  int outstanding_creates = 15;
  int page_size = 10;             ///< the most items in one page, so that paging is always met
  int failures_per_thousand = 0;  ///< assignments and removals that end FAILED for no reason of the caller's
};

enum class PrincipalType { kUser, kGroup };
constexpr auto enum_names(PrincipalType) { return std::array<std::string_view, 2>{"USER", "GROUP"}; }

/// One possible assignment: a person or a group holding a permission set in an account.
struct Slot {
  AccountId account;
  PermissionSetArn permission_set;
  PrincipalType principal_type = PrincipalType::kUser;
  std::string principal_id;  ///< a UserId or a GroupId

  auto operator<=>(const Slot&) const = default;
};

/// The truth about a slot: the assignment was there during [from, until). What a simulator judges by.
struct Presence {
  Slot slot;
  Instant from;                    ///< zero for what the organization began with
  Instant until = Instant::max();  ///< max while it lasts
  OperationId created_by;          ///< empty when it was made by hand
  OperationId deleted_by;          ///< empty while it lasts, or when it was removed by hand
};

struct Person {
  UserId id;
  std::string user_name;
  std::string display_name;
  std::string email;
  bool enabled = true;
  std::vector<std::string> groups;  ///< display names, sorted
};

/// An AWS managed policy that `iam` answers for. The sandbox holds no documents of its own: whoever has AWS's
/// texts publishes them.
struct ManagedPolicy {
  std::string arn;
  std::string version = "v1";
  std::string document;  ///< JSON
};

/// Something that goes wrong with calls, on purpose.
struct Disturbance {
  enum class When {
    kInsteadOfTheCall,  ///< nothing happens, the error is answered
    kAfterTheCall,      ///< the call takes effect, and the error is answered all the same
  };
  std::string operation;  ///< as in `CreateAccountAssignment`; empty for any
  When when = When::kInsteadOfTheCall;
  int times = 1;
  int http_status = 500;
  std::string code = "InternalServerException";
  std::string message = "An unexpected internal service exception was encountered";
};

struct World;

class Sandbox {
 public:
  /// The organization grows from the seed: the same seed, the same names and ids, everywhere.
  explicit Sandbox(std::uint64_t seed, Behaviour behaviour = {});
  ~Sandbox();
  Sandbox(Sandbox&&) noexcept;
  Sandbox& operator=(Sandbox&&) noexcept;

  /// Answers one call. `now` never goes back; an earlier one counts as the latest seen.
  [[nodiscard]] HttpResponse handle(const HttpRequest& request, Instant now);

  /// The key of the management account's administrator: what a client signs with.
  [[nodiscard]] const Credentials& credentials() const;
  /// Of Identity Center and STS. Organizations and IAM sign with us-east-1 wherever that is.
  [[nodiscard]] const std::string& region() const;

  // ---- what the owner may know without asking over the wire ----

  [[nodiscard]] std::vector<Person> people() const;
  /// By the names people use: `slot("prod-payments", "ReadOnly", "ana")`; a principal is a user name or, where
  /// there is no such user, a group's display name. Error code `not_found`; `field` is the name.
  [[nodiscard]] Result<Slot> slot(std::string_view account, std::string_view permission_set,
                                  std::string_view principal) const;
  /// As of the latest moment seen.
  [[nodiscard]] bool is_present(const Slot& slot) const;
  /// Every interval that is known, those that last at the end; the oldest that ended are forgotten after 100,000.
  [[nodiscard]] std::vector<Presence> presences() const;

  // ---- what the owner may do behind the API's back ----

  /// Lets time pass without a call: what is due by then is done.
  void advance(Instant now);
  /// Someone with rights in the console, at once and without an operation. Adding what is there, or removing what
  /// is not, changes nothing. The slot's ids are taken as they are: deleted principals leave such slots behind.
  void add_standing(const Slot& slot, Instant now);
  void remove_standing(const Slot& slot, Instant now);
  void set_behaviour(const Behaviour& behaviour);
  /// Disturbances wait in a line, each for the calls it fits; at most 1,000, then the oldest goes.
  void disturb(Disturbance disturbance);
  /// The next `count` assignments and removals that are begun end FAILED with that reason.
  void fail_next_operations(int count, std::string reason);
  /// The ARN must be one of a policy.
  void publish(ManagedPolicy policy);

 private:
  std::unique_ptr<World> world_;
};

}  // namespace ag::sandbox
