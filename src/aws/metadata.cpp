#include "aws/metadata.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "aws/codec_protocols.hpp"
#include "aws/errors.hpp"
#include "base/json.hpp"

namespace ag::aws {
namespace {

constexpr Duration kStsDeadline = Duration::seconds(10);
constexpr Duration kContainerDeadline = Duration::seconds(2);  // botocore's
constexpr Duration kInstanceDeadline = Duration::seconds(1);   // botocore's: elsewhere than on EC2 nothing answers
constexpr std::size_t kMaxToken = 20'000;                      // bytes; AWS's limit of WebIdentityToken
constexpr std::size_t kMaxRoleName = 128;

using Done = CredentialSource::Done;

AwsError invalid(std::string_view message) {
  return local_error(ErrorClass::kCredentials, "InvalidCredentials", message);
}

// A token out of a file: one line, bounded.
AwsResult<std::string> read_token(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::unexpected(invalid(fmt::format("the token file {} cannot be read", path)));
  std::string text(kMaxToken + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
  if (text.empty() || text.size() > kMaxToken || text.find_first_of("\r\n") != std::string::npos) {
    return std::unexpected(invalid(fmt::format("the token file {} does not hold one token", path)));
  }
  return text;
}

AwsResult<Credentials> web_identity_reply(const HttpResponse& response) {
  if (response.status != 200) return std::unexpected(error_from(response));
  const auto root = parse_xml(response.body);
  if (!root) return std::unexpected(error_about(response, "UnreadableReply", root.error().message));
  auto role = codec_detail::role_from_xml(*root, "AssumeRoleWithWebIdentityResult");
  if (!role) return std::unexpected(error_about(response, "IncompleteReply", role.error().message));
  return Credentials{std::move(role->access_key_id), std::move(role->secret_access_key), std::move(role->session_token),
                     role->expiration};
}

// What a metadata service answers to a question, or an error that names the service.
AwsResult<std::string> body_of(const AwsResult<HttpResponse>& response, std::string_view service) {
  AwsError error;
  if (!response) error = response.error();
  else if (response->status != 200) error = error_about(*response, fmt::format("Http{}", response->status), "refused");
  else return response->body;
  error.message = fmt::format("{}: {}", service, error.message.empty() ? error.code : error.message);
  return std::unexpected(std::move(error));
}

struct Address {
  std::string origin;
  std::string target;
};

bool may_see_the_token(std::string_view origin) {
  if (origin.starts_with("https://")) return true;
  constexpr std::string_view kHttp = "http://";
  if (!origin.starts_with(kHttp)) return false;
  std::string_view host = origin.substr(kHttp.size());
  const auto port = host.rfind(':');
  if (port != std::string_view::npos && host.find(']', port) == std::string_view::npos) host = host.substr(0, port);
  constexpr std::string_view kAllowed[] = {"localhost",     "127.0.0.1",      "[::1]",
                                           "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"};
  return std::find(std::begin(kAllowed), std::end(kAllowed), host) != std::end(kAllowed);
}

AwsResult<Address> container_address(const Environment& environment) {
  if (const auto relative = environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) {
    if (!relative->starts_with('/'))
      return std::unexpected(invalid("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI needs a /"));
    return Address{"http://169.254.170.2", *relative};
  }
  const std::string url = environment("AWS_CONTAINER_CREDENTIALS_FULL_URI").value_or("");
  const auto scheme = url.find("://");
  const auto authority = scheme == std::string::npos ? url.size() : scheme + 3;
  const auto slash = std::min(url.find('/', authority), url.size());
  Address address{url.substr(0, slash), slash == url.size() ? "/" : url.substr(slash)};
  if (address.origin.find_first_of("@?#\\ ") != std::string::npos || !may_see_the_token(address.origin)) {
    return std::unexpected(
        invalid("AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, the loopback, or a container address of AWS"));
  }
  return address;
}

AwsResult<std::string> container_authorization(const Environment& environment) {
  if (const auto file = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")) return read_token(*file);
  std::string token = environment("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
  if (token.find_first_of("\r\n") != std::string::npos) {
    return std::unexpected(invalid("AWS_CONTAINER_AUTHORIZATION_TOKEN holds a line break"));
  }
  return token;
}

// The three steps of IMDSv2: a token, the role's name, the role's credentials.
struct InstanceExchange : std::enable_shared_from_this<InstanceExchange> {
  std::shared_ptr<Transport> transport;
  std::string origin;
  Done done;
  std::string token;

  void begin() {
    step({"PUT", "/latest/api/token", {{"X-aws-ec2-metadata-token-ttl-seconds", "21600"}}, ""},
         [](auto& self, std::string body) {
           self.token = std::move(body);
           self.ask_for_the_role();
         });
  }

 private:
  void ask_for_the_role() {
    step(with_token("/latest/meta-data/iam/security-credentials/"), [](auto& self, const std::string& body) {
      const std::string role = body.substr(0, body.find('\n'));
      const bool named =
          !role.empty() && role.size() <= kMaxRoleName && std::all_of(role.begin(), role.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   std::string_view("+=,.@_-").find(c) != std::string_view::npos;
          });
      if (!named) return self.done(std::unexpected(invalid("instance metadata names no role")));
      self.step(self.with_token("/latest/meta-data/iam/security-credentials/" + role),
                [](auto& last, const std::string& credentials) { last.done(credentials_from_json(credentials)); });
    });
  }

  [[nodiscard]] HttpRequest with_token(std::string target) const {
    return {"GET", std::move(target), {{"X-aws-ec2-metadata-token", token}}, ""};
  }

  void step(HttpRequest request, std::function<void(InstanceExchange&, std::string)> then) {
    transport->send(origin, std::move(request), kInstanceDeadline,
                    [self = shared_from_this(), then = std::move(then)](const AwsResult<HttpResponse>& response) {
                      auto body = body_of(response, "instance metadata");
                      if (!body) return self->done(std::unexpected(std::move(body.error())));
                      then(*self, std::move(*body));
                    });
  }
};

}  // namespace

AwsResult<Credentials> credentials_from_json(const std::string& body) {
  const auto unreadable = [](std::string_view what) {
    return std::unexpected(local_error(ErrorClass::kRetryable, "UnreadableReply", what));
  };
  const auto parsed = parse_json(body, Numbers::kAny);
  const json::object* object = parsed ? parsed->if_object() : nullptr;
  if (object == nullptr) return unreadable("the credentials are not a JSON object");
  const auto text = [&](std::string_view name) {
    const json::value* value = object->if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
  };
  if (const std::string code = text("Code"); !code.empty() && code != "Success") {
    return std::unexpected(invalid(fmt::format("the credentials are not ready: {}", code)));
  }
  const auto expiration = parse_rfc3339(text("Expiration"));
  Credentials credentials{text("AccessKeyId"), text("SecretAccessKey"), text("Token"), std::nullopt};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty() || !expiration) {
    return unreadable("the credentials lack AccessKeyId, SecretAccessKey or Expiration");
  }
  credentials.expiration = *expiration;
  return credentials;
}

std::shared_ptr<CredentialSource> make_web_identity(WebIdentity identity, Endpoint sts,
                                                    std::shared_ptr<Transport> transport) {
  return make_refreshing_credentials([identity = std::move(identity), sts = std::move(sts),
                                      transport = std::move(transport)](Instant, const std::string&, Done done) {
    const auto token = read_token(identity.token_file);
    if (!token) return done(std::unexpected(token.error()));
    HttpRequest request{.method = "POST", .target = sts.path, .headers = {{"Host", sts.host}}};
    request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
    request.body = codec_detail::form({{"Action", "AssumeRoleWithWebIdentity"},
                                       {"Version", codec_detail::kStsVersion},
                                       {"RoleArn", identity.role_arn},
                                       {"RoleSessionName", identity.session_name},
                                       {"WebIdentityToken", *token}});
    transport->send(sts.origin, std::move(request), kStsDeadline, [done = std::move(done)](const auto& response) {
      done(response ? web_identity_reply(*response) : std::unexpected(response.error()));
    });
  });
}

std::shared_ptr<CredentialSource> make_container_credentials(Environment environment,
                                                             std::shared_ptr<Transport> transport) {
  return make_refreshing_credentials(
      [environment = std::move(environment), transport = std::move(transport)](Instant, const std::string&, Done done) {
        auto address = container_address(environment);
        if (!address) return done(std::unexpected(std::move(address.error())));
        auto authorization = container_authorization(environment);
        if (!authorization) return done(std::unexpected(std::move(authorization.error())));
        HttpRequest request{
            .method = "GET", .target = std::move(address->target), .headers = {{"Accept", "application/json"}}};
        if (!authorization->empty()) request.headers.add("Authorization", std::move(*authorization));
        transport->send(std::move(address->origin), std::move(request), kContainerDeadline,
                        [done = std::move(done)](const AwsResult<HttpResponse>& response) {
                          const auto body = body_of(response, "container credentials");
                          done(body ? credentials_from_json(*body) : std::unexpected(body.error()));
                        });
      });
}

std::shared_ptr<CredentialSource> make_instance_credentials(Environment environment,
                                                            std::shared_ptr<Transport> transport) {
  return make_refreshing_credentials(
      [environment = std::move(environment), transport = std::move(transport)](Instant, const std::string&, Done done) {
        auto exchange = std::make_shared<InstanceExchange>();
        exchange->transport = transport;
        exchange->origin = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("http://169.254.169.254");
        while (exchange->origin.ends_with('/')) exchange->origin.pop_back();
        exchange->done = std::move(done);
        exchange->begin();
      });
}

}  // namespace ag::aws
