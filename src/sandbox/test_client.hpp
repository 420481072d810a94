#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.hpp"
#include "base/json.hpp"
#include "sandbox/sandbox.hpp"

/// For the tests of this room: a client with a signer of its own, written without a look at signature.cpp.
namespace ag::sandbox::testing {

inline const Instant kNoon = *parse_rfc3339("2026-01-01T12:00:00Z");

struct Signer {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token = {};
  std::string region = "us-east-1";
};

inline Digest hmac(const Digest& key, std::string_view text) { return hmac_sha256(key, text); }

/// Signs everything the request carries.
inline void sign(HttpRequest& request, const Signer& signer, std::string_view service, Instant at) {
  const std::string stamp = to_amz_date(at);
  request.headers.add("X-Amz-Date", stamp);
  if (!signer.session_token.empty()) request.headers.add("X-Amz-Security-Token", signer.session_token);
  std::map<std::string, std::string> fields;
  for (const auto& [name, value] : request.headers) {
    std::string small;
    for (const char c : name) small += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    fields[small] = value;
  }
  std::string lines;
  std::string names;
  for (const auto& [name, value] : fields) {
    lines += name + ":" + value + "\n";
    names += (names.empty() ? "" : ";") + name;
  }
  // Paths here need no second encoding, and whoever writes a query here writes it in order.
  const auto question = request.target.find('?');
  const std::string query = question == std::string::npos ? "" : request.target.substr(question + 1);
  const std::string canonical = request.method + "\n" + request.target.substr(0, question) + "\n" + query + "\n" +
                                lines + "\n" + names + "\n" + to_hex(sha256(request.body));
  const std::string day = stamp.substr(0, 8);
  const std::string scope = fmt::format("{}/{}/{}/aws4_request", day, signer.region, service);
  const std::string secret = "AWS4" + signer.secret_access_key;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(secret.data());
  Digest key = hmac_sha256({bytes, secret.size()}, day);
  key = hmac(hmac(hmac(key, signer.region), service), "aws4_request");
  const std::string signature =
      to_hex(hmac(key, "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n" + to_hex(sha256(canonical))));
  request.headers.add("Authorization", fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                                                   signer.access_key_id, scope, names, signature));
}

inline HttpRequest json_request(std::string_view target, const json::object& input) {
  return {"POST",
          "/",
          {{"Host", "127.0.0.1:4566"},
           {"Content-Type", "application/x-amz-json-1.1"},
           {"X-Amz-Target", std::string(target)}},
          json::serialize(input)};
}

inline HttpRequest query_request(std::string body) {
  return {"POST",
          "/",
          {{"Host", "127.0.0.1:4566"}, {"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"}},
          std::move(body)};
}

struct Reply {
  int status = 0;
  json::object body;
  std::string text;
  std::string error_header = {};  ///< of REST

  /// What follows `#` in `__type`.
  [[nodiscard]] std::string error() const {
    if (!error_header.empty()) return error_header;
    if (!body.contains("__type")) return "";
    const std::string type(std::string_view(body.at("__type").as_string()));
    return type.substr(type.find('#') + 1);
  }
  [[nodiscard]] std::string message() const {
    for (const char* name : {"Message", "message"}) {
      if (const auto* found = body.if_contains(name)) return std::string(std::string_view(found->as_string()));
    }
    return "";
  }
  [[nodiscard]] std::string at(std::string_view object, std::string_view member) const {
    return std::string(std::string_view(body.at(object).as_object().at(member).as_string()));
  }
  /// The text of the first XML element of that name.
  [[nodiscard]] std::string element(const std::string& name) const {
    const auto from = text.find("<" + name + ">");
    if (from == std::string::npos) return "";
    const auto start = from + name.size() + 2;
    return text.substr(start, text.find("</" + name + ">", start) - start);
  }
};

inline Reply read(const HttpResponse& response) {
  Reply reply{response.status, {}, response.body, std::string(response.headers.find("x-amzn-ErrorType").value_or(""))};
  if (auto parsed = parse_json(response.body, Numbers::kAny); parsed && parsed->is_object()) {
    reply.body = parsed->get_object();
  }
  return reply;
}

/// A sandbox, a clock and a client.
struct Console {
  explicit Console(std::uint64_t seed = 1, Behaviour behaviour = {}, Size size = {}) : sandbox(seed, behaviour, size) {
    signer = {sandbox.credentials().access_key_id, sandbox.credentials().secret_access_key};
  }

  Sandbox sandbox;
  Signer signer;
  Instant now = kNoon;

  Reply call(std::string_view target, std::string_view service, const json::object& input) {
    HttpRequest request = json_request(target, input);
    sign(request, signer, service, now);
    return read(sandbox.handle(request, now));
  }
  Reply sso(std::string_view operation, json::object input = {}) {
    input.emplace("InstanceArn", instance());
    return call(fmt::format("SWBExternalService.{}", operation), "sso", input);
  }
  Reply directory(std::string_view operation, json::object input = {}) {
    input.emplace("IdentityStoreId", store());
    return call(fmt::format("AWSIdentityStore.{}", operation), "identitystore", input);
  }
  Reply organization(std::string_view operation, json::object input = {}) {
    return call(fmt::format("AWSOrganizationsV20161128.{}", operation), "organizations", input);
  }
  /// `what` is what follows `/schedules/`.
  Reply scheduler(std::string method, std::string_view what, const json::object& input = {}) {
    HttpRequest request{std::move(method), fmt::format("/schedules/{}", what), {{"Host", "127.0.0.1:4566"}}, ""};
    if (!input.empty()) request.body = json::serialize(input);
    sign(request, signer, "scheduler", now);
    return read(sandbox.handle(request, now));
  }
  Reply query(std::string body, std::string_view service = "sts") {
    HttpRequest request = query_request(std::move(body));
    sign(request, signer, service, now);
    return read(sandbox.handle(request, now));
  }

  /// Reads every page; one second passes before each, so that no rate limit is met.
  template <class Ask>
  json::array all(std::string_view member, json::object input, Ask ask, std::vector<std::size_t>* sizes = nullptr) {
    json::array items;
    std::string last_token;
    for (int pages = 0; pages < 1000; ++pages) {
      now = now + Duration::seconds(1);
      const Reply reply = ask(input);
      EXPECT_EQ(reply.status, 200) << reply.text;
      if (reply.status != 200) return items;
      const auto& page = reply.body.at(member).as_array();
      if (sizes != nullptr) sizes->push_back(page.size());
      items.insert(items.end(), page.begin(), page.end());
      const auto* token = reply.body.if_contains("NextToken");
      if (token == nullptr) return items;
      const std::string text(std::string_view(token->as_string()));
      EXPECT_NE(text, last_token) << "a token repeats";
      last_token = text;
      input["NextToken"] = text;
    }
    ADD_FAILURE() << "paging does not end";
    return items;
  }
  json::array all_sso(std::string_view operation, std::string_view member, json::object input = {}) {
    return all(member, std::move(input), [&](const json::object& each) { return sso(operation, each); });
  }
  json::array all_directory(std::string_view operation, std::string_view member, json::object input = {}) {
    return all(member, std::move(input), [&](const json::object& each) { return directory(operation, each); });
  }
  json::array all_organization(std::string_view operation, std::string_view member, json::object input = {},
                               std::vector<std::size_t>* sizes = nullptr) {
    return all(
        member, std::move(input), [&](const json::object& each) { return organization(operation, each); }, sizes);
  }

  [[nodiscard]] Slot slot(std::string_view account, std::string_view set, std::string_view principal) const {
    const auto found = sandbox.slot(account, set, principal);
    EXPECT_TRUE(found.has_value());
    return found.value_or(Slot{});
  }
  static json::object assignment(const Slot& slot) {
    return {{"TargetId", slot.account.str()},
            {"TargetType", "AWS_ACCOUNT"},
            {"PermissionSetArn", slot.permission_set.str()},
            {"PrincipalType", slot.principal_type == PrincipalType::kUser ? "USER" : "GROUP"},
            {"PrincipalId", slot.principal_id}};
  }
  Reply create(const Slot& slot) { return sso("CreateAccountAssignment", assignment(slot)); }
  Reply remove(const Slot& slot) { return sso("DeleteAccountAssignment", assignment(slot)); }
  std::string creation_status(const Reply& begun) {
    return sso("DescribeAccountAssignmentCreationStatus",
               {{"AccountAssignmentCreationRequestId", begun.at("AccountAssignmentCreationStatus", "RequestId")}})
        .at("AccountAssignmentCreationStatus", "Status");
  }
  bool lists(const Slot& slot) {
    for (const auto& each :
         all_sso("ListAccountAssignments", "AccountAssignments",
                 {{"AccountId", slot.account.str()}, {"PermissionSetArn", slot.permission_set.str()}})) {
      if (each.at("PrincipalId").as_string() == slot.principal_id) return true;
    }
    return false;
  }
  void wait(Duration length) { now = now + length; }

  std::string instance() {
    if (instance_.empty()) discover();
    return instance_;
  }
  std::string store() {
    if (store_.empty()) discover();
    return store_;
  }

 private:
  void discover() {
    const Reply reply = call("SWBExternalService.ListInstances", "sso", {});
    const auto& instance = reply.body.at("Instances").as_array().at(0).as_object();
    instance_ = std::string_view(instance.at("InstanceArn").as_string());
    store_ = std::string_view(instance.at("IdentityStoreId").as_string());
    wait(Duration::seconds(1));  // the call is not to count against the test's own
  }
  std::string instance_;
  std::string store_;
};

}  // namespace ag::sandbox::testing
