#include "sandbox/gateway.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/hash.hpp"
#include "sandbox/operations.hpp"
#include "sandbox/query.hpp"
#include "sandbox/rest.hpp"
#include "sandbox/sequence.hpp"
#include "sandbox/service.hpp"
#include "sandbox/signature.hpp"

namespace ag::sandbox {
namespace {

constexpr std::size_t kMaxBody = 1024 * 1024;  // AWS's JSON services refuse more than 1 MiB
constexpr std::size_t kMaxEchoed = 128;        // how much of an unknown name a refusal repeats
constexpr int kForbidden = 403;
constexpr int kLookupsPerSecond = 2;                             // AWS: by account and region
constexpr std::string_view kCoral = "com.amazon.coral.service";  // where AWS's framework itself answers
constexpr std::string_view kGlobalRegion = "us-east-1";          // of organizations and iam

std::span<const Service> services() {
  static const Service kServices[] = {
      {ServiceName::kSsoAdmin, Protocol::kJson, "SWBExternalService", "", "sso", "com.amazonaws.swbexternalservice",
       sso_admin_operations()},
      {ServiceName::kIdentityStore, Protocol::kJson, "AWSIdentityStore", "", "identitystore",
       "com.amazonaws.identitystore", identity_store_operations()},
      {ServiceName::kOrganizations, Protocol::kJson, "AWSOrganizationsV20161128", "", "organizations", "",
       organizations_operations()},
      {ServiceName::kCloudTrail, Protocol::kJson, "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", "",
       "cloudtrail", "", cloud_trail_operations()},
      {ServiceName::kScheduler, Protocol::kRest, "", "", "scheduler", "", scheduler_operations()},
      {ServiceName::kSts, Protocol::kQuery, "", "2011-06-15", "sts", "", sts_operations()},
      {ServiceName::kIam, Protocol::kQuery, "", "2010-05-08", "iam", "", iam_operations()},
  };
  return kServices;
}

std::string_view region_of(const World& world, const Service& service) {
  const bool is_global = service.name == ServiceName::kOrganizations || service.name == ServiceName::kIam;
  return is_global ? kGlobalRegion : std::string_view(world.region);
}

/// Where a request is going, as far as it says so before anything is believed.
struct Address {
  Protocol protocol = Protocol::kQuery;
  const Service* service = nullptr;  ///< none when no service is called so
  std::string operation;
};

Address address_of(const HttpRequest& request, const std::optional<Authorization>& authorization,
                   const json::object& parameters) {
  const auto with = [](auto matches) {
    const auto all = services();
    const auto it = std::find_if(all.begin(), all.end(), matches);
    return it == all.end() ? nullptr : &*it;
  };
  if (is_rest(request)) {
    return {Protocol::kRest, with([](const Service& s) { return s.protocol == Protocol::kRest; }),
            std::string(rest_operation(request))};
  }
  if (const auto target = request.headers.find("X-Amz-Target")) {
    const auto dot = target->rfind('.');
    const std::string_view prefix = target->substr(0, dot);
    return {Protocol::kJson,
            with([&](const Service& s) { return s.protocol == Protocol::kJson && s.target_prefix == prefix; }),
            dot == std::string_view::npos ? "" : std::string(target->substr(dot + 1))};
  }
  Address address;
  if (const auto* action = parameters.if_contains("Action")) address.operation = std::string(action->get_string());
  const std::string_view scope = authorization ? std::string_view(authorization->service) : "sts";
  address.service = with([&](const Service& s) { return s.protocol == Protocol::kQuery && s.signing_name == scope; });
  return address;
}

// ---- who is calling -----------------------------------------------------------------------------------

Outcome<const Key*> find_key(const World& world, const HttpRequest& request, const std::string& id) {
  const auto it = world.keys.find(id);
  const auto token = request.headers.find("X-Amz-Security-Token");
  if (it == world.keys.end() || !equal_in_constant_time(token.value_or(""), it->second.session_token)) {
    return refuse("UnrecognizedClientException", "The security token included in the request is invalid.");
  }
  return &it->second;
}

Outcome<void> check_scope(const World& world, const Authorization& authorization, const Service& service) {
  const std::string_view region = region_of(world, service);
  if (authorization.region != region) {
    return refuse("InvalidSignatureException",
                  fmt::format("Credential should be scoped to a valid region, not '{}'. ", authorization.region));
  }
  if (authorization.service != service.signing_name) {
    return refuse("InvalidSignatureException",
                  fmt::format("Credential should be scoped to correct service: '{}'. ", service.signing_name));
  }
  return {};
}

Outcome<Caller> authenticate(const World& world, const HttpRequest& request, const Authorization& authorization,
                             const Service& service) {
  const auto signed_at = signing_time(request);
  if (!signed_at) return std::unexpected(signed_at.error());
  if (auto good = check_form(request, authorization, *signed_at, world.now); !good) {
    return std::unexpected(std::move(good.error()));
  }
  if (auto good = check_scope(world, authorization, service); !good) return std::unexpected(std::move(good.error()));
  const auto key = find_key(world, request, authorization.access_key_id);
  if (!key) return std::unexpected(key.error());
  if (auto good = check_signature(request, authorization, *signed_at, (*key)->secret_access_key); !good) {
    return std::unexpected(std::move(good.error()));
  }
  if ((*key)->expires <= world.now) {
    return refuse("ExpiredTokenException", "The security token included in the request is expired");
  }
  return (*key)->caller;
}

/// Identity Center and the organization answer to the management account, and as far as they let it to the delegated
/// administrator; a member may ask which organization it is in, and sts who it is.
Outcome<void> authorize(const World& world, const Service& service, std::string_view operation, const Caller& caller) {
  if (auto good = check_denials(world, operation, caller.arn); !good) return good;
  if (caller.account == world.company.management_account || service.name == ServiceName::kSts) return {};
  const bool changes_the_organization = service.name == ServiceName::kOrganizations && operation == "UpdatePolicy";
  if (caller.account == world.delegate && !changes_the_organization) return {};
  if (service.name == ServiceName::kOrganizations) {
    if (operation == "DescribeOrganization") return {};
    return refuse("AccessDeniedException", "You don't have permissions to access this resource.");
  }
  return refuse("AccessDeniedException", fmt::format("User: {} is not authorized to perform: {}:{}", caller.arn,
                                                     service.signing_name, operation));
}

Outcome<void> admit(World& world, const Service& service, std::string_view operation) {
  if (service.name == ServiceName::kOrganizations && world.behaviour.calls_per_second > 0 &&
      !world.organizations_calls.admits(operation, world.now)) {
    return std::unexpected(Fault{"TooManyRequestsException",
                                 "You have sent too many requests in too short a period of time.",
                                 400,
                                 {{"Type", "RATE"}}});
  }
  if (service.name == ServiceName::kCloudTrail && world.behaviour.calls_per_second > 0 &&
      !world.cloud_trail_calls.admits(kLookupsPerSecond, world.now)) {
    return refuse("ThrottlingException", "Rate exceeded");
  }
  RateLimit* limit = nullptr;
  if (service.name == ServiceName::kSsoAdmin) limit = &world.sso_admin_calls;
  if (service.name == ServiceName::kIdentityStore) limit = &world.identity_store_calls;
  if (limit == nullptr || limit->admits(world.behaviour.calls_per_second, world.now)) return {};
  Fault fault{"ThrottlingException", "Rate exceeded"};
  if (service.name == ServiceName::kIdentityStore) fault.members["RetryAfterSeconds"] = 1;
  return std::unexpected(std::move(fault));
}

// ---- doing it -----------------------------------------------------------------------------------------

std::optional<Disturbance> take_disturbance(World& world, std::string_view operation) {
  const auto it = std::find_if(world.disturbances.begin(), world.disturbances.end(), [&](const Disturbance& each) {
    return each.operation.empty() || each.operation == operation;
  });
  if (it == world.disturbances.end()) return std::nullopt;
  const Disturbance disturbance = *it;
  if (--it->times <= 0) world.disturbances.erase(it);
  return disturbance;
}

Outcome<json::object> perform(World& world, const OperationEntry& entry, const Call& call) {
  auto outcome = entry.handler(world, call);
  note_in_trail(world, call, outcome);
  return outcome;
}

Outcome<json::object> run(World& world, const OperationEntry& entry, const Call& call) {
  const auto disturbance = take_disturbance(world, call.operation);
  if (!disturbance) return perform(world, entry, call);
  if (disturbance->when == Disturbance::When::kAfterTheCall) (void)perform(world, entry, call);
  return refuse(disturbance->code, disturbance->message, disturbance->http_status);
}

Outcome<json::object> read_json(const HttpRequest& request) {
  auto body = parse_json(request.body, Numbers::kAny);
  if (!body || !body->is_object()) return refuse("SerializationException", "The body is not a JSON object.");
  return std::move(body->get_object());
}

Outcome<json::object> serve(World& world, const HttpRequest& request, const Outcome<Authorization>& authorization,
                            const Address& address, Outcome<json::object> parameters) {
  if (request.body.size() > kMaxBody) {
    return refuse("RequestEntityTooLargeException", "The body is larger than 1 MiB.", 413);
  }
  if (!parameters) return parameters;
  if (!authorization) return std::unexpected(authorization.error());
  if (address.service == nullptr) {
    return refuse("UnknownOperationException", "The service or operation is not known.");
  }
  const Service& service = *address.service;
  const auto caller = authenticate(world, request, *authorization, service);
  if (!caller) return std::unexpected(caller.error());

  const auto entry = std::find_if(service.operations.begin(), service.operations.end(),
                                  [&](const OperationEntry& each) { return each.name == address.operation; });
  if (entry == service.operations.end()) {
    return refuse("UnknownOperationException",
                  fmt::format("Could not find operation {}{}{}", address.operation.substr(0, kMaxEchoed),
                              service.version.empty() ? "" : " for version ", service.version));
  }
  if (auto good = admit(world, service, entry->name); !good) return std::unexpected(std::move(good.error()));
  if (auto good = authorize(world, service, entry->name, *caller); !good) {
    return std::unexpected(std::move(good.error()));
  }
  auto input = service.protocol == Protocol::kJson ? read_json(request) : std::move(parameters);
  if (!input) return std::unexpected(std::move(input.error()));
  return run(world, *entry, Call{service, entry->name, std::move(*input), *caller});
}

// ---- saying it ----------------------------------------------------------------------------------------

bool is_of_the_framework(std::string_view code) {
  constexpr std::string_view kCodes[] = {
      "ExpiredTokenException",       "IncompleteSignatureException",        "InvalidSignatureException",
      "SerializationException",      "MissingAuthenticationTokenException", "UnknownOperationException",
      "UnrecognizedClientException", "RequestEntityTooLargeException"};
  return std::find(std::begin(kCodes), std::end(kCodes), code) != std::end(kCodes);
}

std::string type_of(const Fault& fault, const Service* service) {
  if (is_of_the_framework(fault.code)) return fmt::format("{}#{}", kCoral, fault.code);
  if (service == nullptr || service->error_namespace.empty()) return fault.code;
  return fmt::format("{}#{}", service->error_namespace, fault.code);
}

HttpResponse json_fault(const Fault& fault, const Service* service, const std::string& request_id) {
  json::object body{{"__type", type_of(fault, service)}};
  body[is_of_the_framework(fault.code) ? "message" : "Message"] = fault.message;
  if (service != nullptr && service->name == ServiceName::kIdentityStore) body["RequestId"] = request_id;
  for (const auto& member : fault.members) body[member.key()] = member.value();
  return {fault.status, {{"Content-Type", "application/x-amz-json-1.1"}}, json::serialize(body)};
}

/// How the query services spell what the JSON services call otherwise.
struct Spelling {
  std::string_view code;
  std::string_view query_code;
  int status;
};
constexpr Spelling kSpellings[] = {
    {"AccessDeniedException", "AccessDenied", kForbidden},
    {"ExpiredTokenException", "ExpiredToken", kForbidden},
    {"IncompleteSignatureException", "IncompleteSignature", 400},
    {"InvalidSignatureException", "SignatureDoesNotMatch", kForbidden},
    {"MissingAuthenticationTokenException", "MissingAuthenticationToken", kForbidden},
    {"ThrottlingException", "Throttling", 400},
    {"UnknownOperationException", "InvalidAction", 400},
    {"UnrecognizedClientException", "InvalidClientTokenId", kForbidden},
    {"ValidationException", "ValidationError", 400},
};

std::string xml_namespace(const Service* service) {
  if (service == nullptr) return "https://sts.amazonaws.com/doc/2011-06-15/";
  return fmt::format("https://{}.amazonaws.com/doc/{}/", service->signing_name, service->version);
}

HttpResponse query_fault(const Fault& fault, const Service* service, const std::string& request_id) {
  const auto spelling = std::find_if(std::begin(kSpellings), std::end(kSpellings),
                                     [&](const Spelling& each) { return each.code == fault.code; });
  const bool is_respelt = spelling != std::end(kSpellings);
  const std::string_view code = is_respelt ? spelling->query_code : std::string_view(fault.code);
  return {is_respelt ? spelling->status : fault.status,
          {{"Content-Type", "text/xml"}},
          xml_error(code, fault.message, xml_namespace(service), request_id)};
}

HttpResponse say(const Address& address, const Outcome<json::object>& outcome, const std::string& request_id) {
  if (address.protocol == Protocol::kRest) return rest_response(outcome);
  if (address.protocol == Protocol::kJson) {
    if (!outcome) return json_fault(outcome.error(), address.service, request_id);
    return {200, {{"Content-Type", "application/x-amz-json-1.1"}}, json::serialize(*outcome)};
  }
  if (!outcome) return query_fault(outcome.error(), address.service, request_id);
  return {200,
          {{"Content-Type", "text/xml"}},
          xml_result(address.operation, xml_namespace(address.service), *outcome, request_id)};
}

}  // namespace

json::value epoch_seconds(Instant at) { return static_cast<double>(at.count_nanoseconds() / 1'000'000) / 1'000.0; }

namespace {

/// What a call asks for, where that can be read before it is known who asks: JSON 1.1 is read last.
Outcome<json::object> parameters_of(const HttpRequest& request) {
  if (is_rest(request)) return rest_input(request);
  return request.headers.find("X-Amz-Target") ? Outcome<json::object>{} : query_parameters(request);
}

}  // namespace

HttpResponse answer(World& world, const HttpRequest& request) {
  const std::string request_id = derived_uuid(world.seed, "request", ++world.answered);
  const auto authorization = parse_authorization(request);
  auto parameters = parameters_of(request);
  const Address address = address_of(request, authorization ? std::optional(*authorization) : std::nullopt,
                                     parameters ? *parameters : json::object{});
  const auto outcome = serve(world, request, authorization, address, std::move(parameters));
  HttpResponse response = say(address, outcome, request_id);
  response.headers.add("x-amzn-RequestId", request_id);
  response.headers.add("Date", to_http_date(world.now));
  return response;
}

}  // namespace ag::sandbox
