#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "access/decide.hpp"
#include "ledger/store.hpp"
#include "ledger/verify.hpp"
#include "server/api/allowance.hpp"
#include "server/api/router.hpp"
#include "server/api/views.hpp"
#include "server/engine.hpp"
#include "server/event_hub.hpp"
#include "server/finder.hpp"
#include "server/metrics.hpp"
#include "server/read_model.hpp"
#include "server/tokens.hpp"

/// The HTTP API of api/openapi.yaml: plain blocking functions, one for each route.
namespace ag::server {

/// Somebody of the sandbox, as whom anybody may sign in there.
struct SandboxPerson {
  access::UserId id;
  std::string user_name;
  std::string display_name;
  std::vector<std::string> groups;
  access::Role role = access::Role::kPerson;
};

struct ApiParts {
  Engine& engine;
  ReadModel& read_model;
  EventHub& hub;
  Metrics& metrics;
  std::unique_ptr<ledger::Store> ledger;  ///< a reader of its own
  /// Another one, for what takes seconds.
  std::function<Result<std::unique_ptr<ledger::Store>>()> open_ledger;
  std::vector<std::string> checkpoints = {};  ///< files that the engine writes
  Clock clock = wall_clock;
  std::string version;
  bool sandbox = false;
  std::string region = {};         ///< of IAM Identity Center
  std::string access_portal = {};  ///< as configured; empty: AWS's own address
  std::vector<SandboxPerson> people = {};  ///< of the sandbox; elsewhere none, ever
};

/// One request on its way through a handler.
struct ApiCall {
  const HttpRequest& request;
  const Parameters& parameters;
  access::Caller caller;
  access::TokenState token;
  std::string request_id;
  Instant now;

  [[nodiscard]] Viewer viewer() const { return {caller.user, caller.role == access::Role::kAdmin}; }
};

/// What one revocation has ended, as its `grant.ending` entries say.
struct RevokedGrants {
  std::vector<access::Entry> endings;
  bool recorded = true;  ///< on the ledger; false while that cannot be written
};

/// A check of the whole ledger.
struct Verification {
  Instant at;
  ledger::VerifyReport report;
};

class Api {
 public:
  explicit Api(ApiParts parts);

  /// Answers anything: unknown routes and failed sign-in too.
  [[nodiscard]] Answer handle(const HttpRequest& request);

 private:
  using Handle = Result<Answer> (Api::*)(const ApiCall&);
  enum class Access { kOpen, kSignedIn };
  struct Endpoint {
    Handle handle = nullptr;
    Access access = Access::kSignedIn;
  };

  void add_routes();
  [[nodiscard]] Result<Answer> route(const HttpRequest& request, const std::string& request_id, std::string& label);
  [[nodiscard]] Result<void> sign_in(ApiCall& call);
  [[nodiscard]] Result<access::TokenState> token_of(const ApiCall& call);
  [[nodiscard]] Result<access::TokenState> known_token(std::string_view text, Carrier carrier, Instant now);
  [[nodiscard]] bool is_valid(const access::TokenId& token) const;
  /// The call is the token's person's from now on.
  [[nodiscard]] Result<void> speak_for(ApiCall& call, access::TokenState token) const;

  // sign_in.cpp
  Result<Answer> get_sign_in(const ApiCall& call);
  Result<Answer> post_sign_in(const ApiCall& call);
  Result<Answer> post_sign_out(const ApiCall& call);
  [[nodiscard]] Result<FreshToken> session_of_person(const std::string& person, Instant now) const;
  [[nodiscard]] Result<FreshToken> session_of_token(ApiCall& call, const std::string& text);

  // requests.cpp
  Result<Answer> post_request(const ApiCall& call);
  Result<Answer> list_requests(const ApiCall& call);
  Result<Answer> get_request(const ApiCall& call);
  Result<Answer> post_decision(const ApiCall& call);
  Result<Answer> post_extension(const ApiCall& call);
  Result<Answer> post_withdraw(const ApiCall& call);
  Result<Answer> post_end(const ApiCall& call);
  [[nodiscard]] Result<Answer> submit(const ApiCall& call, access::Command command);
  /// Of a command that makes a request: 201, or 200 with the one that was there already.
  [[nodiscard]] Result<Answer> submit_new(const ApiCall& call, const access::RequestId& fresh, access::Command command);
  [[nodiscard]] Result<access::RequestId> visible_request(const ApiCall& call) const;

  // preview.cpp
  Result<Answer> post_preview(const ApiCall& call);

  // break_glass.cpp
  Result<Answer> post_break_glass(const ApiCall& call);
  Result<Answer> post_review(const ApiCall& call);

  // revocations.cpp
  Result<Answer> post_revocation(const ApiCall& call);
  /// The grants that the revocation with this key has ended; `first` is the request of one of them.
  [[nodiscard]] Result<RevokedGrants> revoked_by(const access::Caller& caller, const std::string& key,
                                                 const access::RequestId& first);
  [[nodiscard]] Result<std::vector<access::Entry>> endings_on_ledger(const access::Caller& caller,
                                                                     const std::string& key,
                                                                     const access::RequestId& first);

  // eligible.cpp
  Result<Answer> get_eligible(const ApiCall& call);

  // reading.cpp
  Result<Answer> get_me(const ApiCall& call);
  [[nodiscard]] json::object me_view(const ApiCall& call) const;
  [[nodiscard]] json::value portal_view(const access::Organization& organization) const;
  Result<Answer> list_grants(const ApiCall& call);
  Result<Answer> get_access(const ApiCall& call);

  // search.cpp
  Result<Answer> search(const ApiCall& call);

  // pages.cpp
  Result<Answer> get_account(const ApiCall& call);
  Result<Answer> get_permission_set(const ApiCall& call);
  Result<Answer> get_user(const ApiCall& call);

  // organization.cpp
  [[nodiscard]] std::shared_ptr<const Finder> finder();  ///< of the organization as it was last read
  Result<Answer> list_accounts(const ApiCall& call);
  Result<Answer> list_units(const ApiCall& call);
  Result<Answer> list_permission_sets(const ApiCall& call);
  Result<Answer> list_users(const ApiCall& call);
  Result<Answer> list_groups(const ApiCall& call);

  // set_analysis.cpp
  Result<Answer> analyze_permission_set(const ApiCall& call);

  // policy.cpp
  Result<Answer> get_policy(const ApiCall& call);
  Result<Answer> put_policy(const ApiCall& call);
  Result<Answer> validate_policy(const ApiCall& call);

  // policy_tools.cpp
  Result<Answer> plan_policy(const ApiCall& call);
  Result<Answer> explain_policy(const ApiCall& call);

  // policy_changes.cpp
  Result<Answer> list_policy_changes(const ApiCall& call);
  Result<Answer> get_policy_change(const ApiCall& call);
  Result<Answer> post_policy_decision(const ApiCall& call);

  // ledger.cpp
  Result<Answer> list_ledger(const ApiCall& call);
  Result<Answer> get_checkpoint(const ApiCall& call);
  Result<Answer> get_events(const ApiCall& call);

  // flow.cpp
  Result<Answer> get_flow(const ApiCall& call);

  // audit.cpp
  Result<Answer> get_verification(const ApiCall& call);
  Result<Answer> post_verification(const ApiCall& call);
  Result<Answer> get_proof(const ApiCall& call);
  Result<Answer> export_audit(const ApiCall& call);

  // status.cpp
  Result<Answer> get_status(const ApiCall& call);
  Result<Answer> get_setup(const ApiCall& call);

  // health.cpp
  Result<Answer> get_health(const ApiCall& call);
  Result<Answer> get_ready(const ApiCall& call);
  Result<Answer> get_metrics(const ApiCall& call);
  Result<Answer> get_openapi(const ApiCall& call);

  ApiParts parts_;
  Router<Endpoint> router_;
  std::mutex finder_mutex_;
  std::shared_ptr<const Finder> finder_;
  std::mutex ledger_mutex_;  ///< a store serves one thread at a time
  std::mutex audit_mutex_;   ///< what walks over the whole ledger does so one after the other
  std::mutex verification_mutex_;
  std::optional<Verification> verification_;  ///< the last one
  // A token that is not known may have been issued a moment ago by an operator: the ledger is asked again, but whoever
  // sends made-up tokens cannot make us ask more often than this.
  Allowance catch_ups_{Duration::milliseconds(200), 20};
  // Each session is an entry, and in the sandbox anybody may begin one.
  Allowance sign_ins_{Duration::milliseconds(200), 50};
};

/// The Idempotency-Key of a POST, bound to what was sent with it. Error code `idempotency_key_invalid`.
[[nodiscard]] Result<std::optional<access::IdempotencyKey>> idempotency_of(const ApiCall& call);

/// The gauges and counters of /metrics, declared and refreshed.
void declare_metrics(Metrics& metrics);
void refresh_metrics(Metrics& metrics, const ReadModel& read_model, const Engine& engine, const EventHub& hub,
                     Instant now);

}  // namespace ag::server
