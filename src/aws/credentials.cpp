#include "aws/credentials.hpp"

#include <fmt/format.h>

#include <mutex>
#include <utility>
#include <vector>

#include "aws/codec.hpp"
#include "aws/errors.hpp"
#include "aws/metadata.hpp"

namespace ag::aws {
namespace {

constexpr Duration kTryBeforeExpiry = Duration::minutes(15);   // botocore's advisory refresh
constexpr Duration kMustBeforeExpiry = Duration::minutes(10);  // botocore's mandatory refresh
constexpr Duration kBetweenFailures = Duration::seconds(15);   // spares a struggling STS
constexpr Duration kAssumeRoleDeadline = Duration::seconds(10);
constexpr std::size_t kMaxWaiters = 4096;

class StaticCredentials final : public CredentialSource {
 public:
  explicit StaticCredentials(Credentials credentials) : credentials_(std::move(credentials)) {}
  void get(Instant, const std::string&, Done done) override { done(credentials_); }

 private:
  const Credentials credentials_;
};

class RefreshingCredentials final : public CredentialSource,
                                    public std::enable_shared_from_this<RefreshingCredentials> {
 public:
  explicit RefreshingCredentials(FetchCredentials fetch) : fetch_(std::move(fetch)) {}

  void get(Instant now, const std::string& refused_key, Done done) override {
    std::optional<AwsResult<Credentials>> at_once;
    bool starts = false;
    {
      const std::lock_guard lock(mutex_);
      const bool usable = current_ && current_->access_key_id != refused_key && outlasts(now, Duration());
      const bool resting = last_failure_ && now >= last_failure_->at && now < last_failure_->at + kBetweenFailures;
      if (usable && (outlasts(now, kMustBeforeExpiry) || resting)) {
        at_once = *current_;
        starts = !outlasts(now, kTryBeforeExpiry) && !fetching_ && !resting;
      } else if (resting) {
        at_once = std::unexpected(last_failure_->error);
      } else if (waiters_.size() >= kMaxWaiters) {
        at_once = std::unexpected(local_error(ErrorClass::kRetryable, "Busy", "too many calls wait for credentials"));
      } else {
        waiters_.push_back({now, refused_key, std::move(done)});
        starts = !fetching_;
      }
      fetching_ = fetching_ || starts;
    }
    if (starts) {
      fetch_(now, refused_key, [self = shared_from_this(), now](AwsResult<Credentials> result) {
        self->fetched(now, std::move(result));
      });
    }
    if (at_once) done(std::move(*at_once));
  }

 private:
  struct Waiter {
    Instant now;
    std::string refused_key;
    Done done;
  };
  struct Failure {
    Instant at;
    AwsError error;
  };

  [[nodiscard]] bool outlasts(Instant now, Duration margin) const {
    return !current_->expiration || now + margin < *current_->expiration;
  }

  void fetched(Instant now, AwsResult<Credentials> result) {
    std::vector<Waiter> waiters;
    std::vector<AwsResult<Credentials>> answers;
    {
      const std::lock_guard lock(mutex_);
      fetching_ = false;
      if (result) {
        current_ = *result;
        last_failure_.reset();
      } else {
        last_failure_ = {now, result.error()};
      }
      waiters = std::exchange(waiters_, {});
      for (const auto& waiter : waiters) {
        const bool old_serves =
            !result && current_ && current_->access_key_id != waiter.refused_key && outlasts(waiter.now, Duration());
        answers.push_back(old_serves ? AwsResult<Credentials>(*current_) : result);
      }
    }
    for (std::size_t i = 0; i < waiters.size(); ++i) waiters[i].done(std::move(answers[i]));
  }

  const FetchCredentials fetch_;
  std::mutex mutex_;  // guards all below
  std::optional<Credentials> current_;
  std::optional<Failure> last_failure_;
  std::vector<Waiter> waiters_;
  bool fetching_ = false;
};

// One AssumeRole, and a second when the base credentials turn out to have expired.
struct RoleExchange : std::enable_shared_from_this<RoleExchange> {
  std::shared_ptr<CredentialSource> base;
  Call call;
  Endpoint sts;
  std::shared_ptr<Transport> transport;
  Instant now;
  CredentialSource::Done done;

  void begin(const std::string& refused_key) {
    base->get(now, refused_key, [self = shared_from_this(), refused_key](AwsResult<Credentials> credentials) {
      if (!credentials) return self->done(std::unexpected(std::move(credentials.error())));
      self->send(*credentials, refused_key);
    });
  }

  void send(const Credentials& credentials, const std::string& refused_key) {
    HttpRequest request = sign(encode(call, sts), credentials, sts.service, sts.region, now);
    transport->send(sts.origin, std::move(request), kAssumeRoleDeadline,
                    [self = shared_from_this(), refused_key, key = credentials.access_key_id](const auto& response) {
                      auto reply = response ? decode(self->call, *response) : std::unexpected(response.error());
                      if (!reply && is_expired_token(reply.error()) && refused_key.empty()) return self->begin(key);
                      self->conclude(std::move(reply));
                    });
  }

  void conclude(AwsResult<Reply> reply) {
    if (!reply) {
      const auto& role = std::get<AssumeRole>(call).role_arn;
      reply.error().message = fmt::format("assuming {}: {}", role, reply.error().message);
      return done(std::unexpected(std::move(reply.error())));
    }
    auto& role = std::get<AssumedRole>(*reply);
    done(Credentials{std::move(role.access_key_id), std::move(role.secret_access_key), std::move(role.session_token),
                     role.expiration});
  }
};

AwsError no_credentials(std::string_view where) {
  return local_error(ErrorClass::kCredentials, "NoCredentials", fmt::format("no AWS credentials: {}", where));
}
AwsError unusable(const Error& error) {
  return local_error(ErrorClass::kCredentials, "InvalidCredentials", "AWS credentials: " + error.message);
}

// Nothing when the environment has none at all.
std::optional<AwsResult<Credentials>> environment_keys(const Environment& environment) {
  const auto id = environment("AWS_ACCESS_KEY_ID");
  const auto secret = environment("AWS_SECRET_ACCESS_KEY");
  if (!id) return std::nullopt;
  if (!secret) {
    return std::unexpected(unusable({.message = "AWS_ACCESS_KEY_ID is set without AWS_SECRET_ACCESS_KEY"}));
  }
  return Credentials{*id, *secret, environment("AWS_SESSION_TOKEN").value_or(""), std::nullopt};
}

std::shared_ptr<CredentialSource> make_environment_credentials(const Environment& environment) {
  return make_refreshing_credentials([environment](Instant, const std::string&, const CredentialSource::Done& done) {
    auto keys = environment_keys(environment);
    done(keys ? std::move(*keys) : std::unexpected(no_credentials("AWS_ACCESS_KEY_ID is not set")));
  });
}

Result<ProfilePlan> read_plan(const Environment& environment, const std::string& profile) {
  const auto files = read_profile_files(environment);
  if (!files) return std::unexpected(files.error());
  return plan_profile(*files, profile);
}

// Read again when its keys are refused: other tools write new ones into the same file.
std::shared_ptr<CredentialSource> make_profile_keys(const Environment& environment, const std::string& profile) {
  return make_refreshing_credentials(
      [environment, profile](Instant, const std::string&, const CredentialSource::Done& done) {
        const auto plan = read_plan(environment, profile);
        if (!plan) return done(std::unexpected(unusable(plan.error())));
        done(plan->credentials);
      });
}

class CredentialChain final : public CredentialSource {
 public:
  explicit CredentialChain(ChainOptions options) : options_(std::move(options)) {}

  void get(Instant now, const std::string& refused_key, Done done) override {
    auto source = found();
    if (!source) return done(std::unexpected(std::move(source.error())));
    if (!is_last_resort_) return (*source)->get(now, refused_key, std::move(done));
    // Instance metadata is where everyone ends who has set up nothing: then say so.
    (*source)->get(now, refused_key, [done = std::move(done), looked = looked_](AwsResult<Credentials> result) {
      if (!result) result.error() = no_credentials(fmt::format("{}; {}", looked, result.error().message));
      done(std::move(result));
    });
  }

 private:
  using Source = std::shared_ptr<CredentialSource>;

  AwsResult<Source> found() {
    const std::lock_guard lock(mutex_);
    if (source_ == nullptr) {
      auto source = look();
      if (!source) return source;
      source_ = std::move(*source);
    }
    return source_;
  }

  AwsResult<Source> look() {
    const Environment& environment = options_.environment;
    looked_.clear();
    is_last_resort_ = false;
    if (!options_.profile) {
      if (const auto keys = environment_keys(environment)) {
        if (!*keys) return std::unexpected(keys->error());
        return make_environment_credentials(environment);
      }
      looked_ = "AWS_ACCESS_KEY_ID is not set; ";
    }
    const std::string profile = options_.profile.value_or(profile_name(environment));
    const auto plan = read_plan(environment, profile);
    if (!plan && plan.error().code != "no_profile" && plan.error().code != "no_credentials") {
      return std::unexpected(unusable(plan.error()));
    }
    if (plan && !plan->roles.empty()) return role_chain(*plan, profile);
    if (const auto token_file = environment("AWS_WEB_IDENTITY_TOKEN_FILE")) return web_identity(*token_file);
    if (plan) return make_profile_keys(environment, profile);
    looked_ += plan.error().message;
    // A profile asked for by name is not replaced by whatever the machine has.
    if (options_.profile || environment("AWS_PROFILE")) return std::unexpected(no_credentials(looked_));
    return from_surroundings();
  }

  AwsResult<Source> role_chain(const ProfilePlan& plan, const std::string& profile) const {
    Source source = plan.base == ProfilePlan::Base::kEnvironment ? make_environment_credentials(options_.environment)
                                                                 : make_profile_keys(options_.environment, profile);
    for (const RoleStep& role : plan.roles) {
      source = make_assumed_role(std::move(source), role, options_.sts, options_.transport);
    }
    return source;
  }

  AwsResult<Source> web_identity(const std::string& token_file) const {
    const auto role = options_.environment("AWS_ROLE_ARN");
    if (!role) {
      return std::unexpected(unusable({.message = "AWS_WEB_IDENTITY_TOKEN_FILE is set without AWS_ROLE_ARN"}));
    }
    return make_web_identity({token_file, *role, options_.environment("AWS_ROLE_SESSION_NAME").value_or("accessguard")},
                             options_.sts, options_.transport);
  }

  AwsResult<Source> from_surroundings() {
    const Environment& environment = options_.environment;
    if (environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") || environment("AWS_CONTAINER_CREDENTIALS_FULL_URI")) {
      return make_container_credentials(environment, options_.transport);
    }
    const auto disabled = environment("AWS_EC2_METADATA_DISABLED");
    if (disabled && (*disabled == "true" || *disabled == "True" || *disabled == "TRUE")) {
      return std::unexpected(no_credentials(looked_ + "; AWS_EC2_METADATA_DISABLED is set"));
    }
    is_last_resort_ = true;
    return make_instance_credentials(environment, options_.transport);
  }

  const ChainOptions options_;
  std::mutex mutex_;  // guards all below until source_ is set; from then on they stay as they are
  Source source_;
  std::string looked_;
  bool is_last_resort_ = false;
};

}  // namespace

std::shared_ptr<CredentialSource> make_static_credentials(Credentials credentials) {
  return std::make_shared<StaticCredentials>(std::move(credentials));
}

std::shared_ptr<CredentialSource> make_refreshing_credentials(FetchCredentials fetch) {
  return std::make_shared<RefreshingCredentials>(std::move(fetch));
}

std::shared_ptr<CredentialSource> make_assumed_role(std::shared_ptr<CredentialSource> base, RoleStep role, Endpoint sts,
                                                    std::shared_ptr<Transport> transport) {
  Call call =
      AssumeRole{std::move(role.role_arn), std::move(role.session_name), std::move(role.external_id), role.duration};
  return make_refreshing_credentials(
      [base = std::move(base), call = std::move(call), sts = std::move(sts), transport = std::move(transport)](
          Instant now, const std::string&, CredentialSource::Done done) {
        auto exchange = std::make_shared<RoleExchange>();
        exchange->base = base;
        exchange->call = call;
        exchange->sts = sts;
        exchange->transport = transport;
        exchange->now = now;
        exchange->done = std::move(done);
        exchange->begin("");
      });
}

std::shared_ptr<CredentialSource> make_credential_chain(ChainOptions options) {
  return std::make_shared<CredentialChain>(std::move(options));
}

}  // namespace ag::aws
