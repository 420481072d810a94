// How fast policies are read, compiled and asked: four AWS managed policies under three levels of SCPs.
//
//     iam_bench FILE                    FILE: AWS's managed policies, one {"name": …, "document": {…}} a line
//     iam_bench FILE beside             for tests/iam_beside/bench.mjs: one JSON object a policy, with the same cases
//
// Times are of the processor, the best of several windows: other programs' share of the machine is not counted.

#include <fmt/core.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <fstream>
#include <functional>
#include <istream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.hpp"
#include "iam/evaluate.hpp"
#include "iam/json_reader.hpp"
#include "iam/policy_parse.hpp"

namespace {

using namespace ag;
using namespace ag::iam;

constexpr double kVerdictBar = 1e-6;   // seconds
constexpr double kDecisionBar = 5e-6;  // seconds

constexpr std::string_view kFullAccess =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";
constexpr std::string_view kGuardrails = R"({"Version":"2012-10-17","Statement":[
  {"Sid":"KeepTrail","Effect":"Deny","Action":["cloudtrail:StopLogging","cloudtrail:DeleteTrail"],"Resource":"*"},
  {"Sid":"KeepOrganization","Effect":"Deny","Action":"organizations:LeaveOrganization","Resource":"*"},
  {"Sid":"KeepDetectors","Effect":"Deny","Action":["guardduty:Delete*","guardduty:Disassociate*"],"Resource":"*"},
  {"Sid":"NoUsers","Effect":"Deny","Action":["iam:CreateUser","iam:CreateAccessKey"],"Resource":"*",
   "Condition":{"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/BreakGlass"}}},
  {"Sid":"KeepLogs","Effect":"Deny","Action":"s3:DeleteObject*","Resource":"arn:aws:s3:::company-logs-*/*"},
  {"Sid":"NoRoot","Effect":"Deny","Action":"*","Resource":"*",
   "Condition":{"StringLike":{"aws:PrincipalArn":"arn:aws:iam::*:root"}}}]})";
constexpr std::string_view kRegions = R"({"Version":"2012-10-17","Statement":[{"Sid":"Regions","Effect":"Deny",
  "NotAction":["a4b:*","acm:*","aws-marketplace:*","aws-portal:*","budgets:*","ce:*","chime:*","cloudfront:*","config:*",
    "cur:*","directconnect:*","ec2:DescribeRegions","ec2:DescribeTransitGateways","fms:*","globalaccelerator:*","health:*",
    "iam:*","importexport:*","kms:*","mobileanalytics:*","networkmanager:*","organizations:*","pricing:*","route53:*",
    "route53domains:*","s3:GetAccountPublicAccessBlock","s3:ListAllMyBuckets","s3:PutAccountPublicAccessBlock","shield:*",
    "sts:*","support:*","trustedadvisor:*","waf:*","wellarchitected:*"],
  "Resource":"*","Condition":{"StringNotEquals":{"aws:RequestedRegion":["eu-central-1","eu-west-1"]},
    "ArnNotLike":{"aws:PrincipalArn":["arn:aws:iam::*:role/Regional"]}}}]})";

struct Asked {
  std::string_view action;
  std::string_view resource;
};
constexpr std::array<Asked, 16> kAsked = {{
    {"s3:GetObject", "arn:aws:s3:::data/2026/report.csv"},
    {"s3:ListBucket", "arn:aws:s3:::data"},
    {"s3:DeleteObject", "arn:aws:s3:::company-logs-1/x"},
    {"ec2:DescribeInstances", "*"},
    {"ec2:RunInstances", "arn:aws:ec2:eu-west-1:111122223333:instance/*"},
    {"ec2:TerminateInstances", "arn:aws:ec2:eu-west-1:111122223333:instance/i-0abc"},
    {"dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"},
    {"dynamodb:DescribeTable", "arn:aws:dynamodb:eu-west-1:111122223333:table/orders"},
    {"lambda:InvokeFunction", "arn:aws:lambda:eu-west-1:111122223333:function:f"},
    {"lambda:ListFunctions", "*"},
    {"iam:CreateUser", "arn:aws:iam::111122223333:user/x"},
    {"iam:GetRole", "arn:aws:iam::111122223333:role/x"},
    {"cloudtrail:StopLogging", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/t"},
    {"rds:DescribeDBInstances", "*"},
    {"sqs:ReceiveMessage", "arn:aws:sqs:eu-west-1:111122223333:q"},
    {"workspaces:DescribeWorkspaces", "*"},
}};
const std::vector<std::string> kPolicies = {"AdministratorAccess", "PowerUserAccess", "ReadOnlyAccess",
                                            "SecurityAudit"};

Context context() {
  Context result(Rest::kAbsent);
  result.set("aws:PrincipalArn", {"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_X_1"});
  result.set("aws:PrincipalOrgID", {"o-a1b2c3d4e5"});
  result.set("aws:RequestedRegion", {"eu-west-1"});
  result.set("aws:SourceIp", {"203.0.113.7"});
  result.set("aws:SecureTransport", {"true"});
  result.set("aws:MultiFactorAuthPresent", {"true"});
  return result;
}

std::vector<Request> requests() {
  std::vector<Request> all;
  for (const auto& asked : kAsked)
    all.push_back(*Request::make(
        {"arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_X_1/ann", asked.action, asked.resource, "111122223333"},
        context()));
  return all;
}

PolicyHandle compiled(std::string_view text) { return compile(parse(text, PolicyKind::kServiceControl).policy); }

/// Seconds of the processor for one call, the best of several windows.
double seconds_of(const std::function<void()>& work) {
  double best = 1e9;
  for (int window = 0; window < 7; ++window) {
    int calls = 0;
    const std::clock_t start = std::clock();
    while (std::clock() - start < CLOCKS_PER_SEC / 10) {
      work();
      ++calls;
    }
    best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / calls);
  }
  return best;
}

/// The text of each policy, by its name.
using Managed = std::map<std::string, std::string>;

Managed read_managed(std::istream& file) {
  Managed all;
  std::string line;
  while (std::getline(file, line)) {
    const auto node = read_json(line);
    const JsonNode* document = node ? node->find("document") : nullptr;
    if (document != nullptr && node->find("name") != nullptr) all[node->find("name")->text] = to_json(*document);
  }
  return all;
}

Engine engine_of(const Managed& all, const std::string& name) {
  Layers layers;
  layers.identity = {compile(parse(all.at(name), PolicyKind::kAwsManaged).policy)};
  layers.service_control = {{compiled(kFullAccess), compiled(kGuardrails)},
                            {compiled(kFullAccess), compiled(kRegions)},
                            {compiled(kFullAccess)}};
  return Engine(std::move(layers));
}

/// Nanoseconds a question.
struct Times {
  double verdict = 0;
  double decision = 0;
  double fresh = 0;  ///< with the making of the request
};

Times times_of(const Engine& engine) {
  const auto asked = requests();
  const double each = static_cast<double>(asked.size()) / 1e9;
  std::size_t seen = 0;  // so that no answer goes unused
  Times times;
  times.verdict = seconds_of([&] {
                    for (const auto& request : asked) seen += static_cast<std::size_t>(engine.verdict(request));
                  }) /
                  each;
  times.decision = seconds_of([&] {
                     for (const auto& request : asked) seen += engine.decide(request).statements.size();
                   }) /
                   each;
  times.fresh = seconds_of([&] {
                  for (const auto& request : requests()) seen += static_cast<std::size_t>(engine.verdict(request));
                }) /
                each;
  if (seen == 0) fmt::print(stderr, "nothing was answered\n");
  return times;
}

void print_times(const Managed& all) {
  for (const auto& name : kPolicies) {
    const Times times = times_of(engine_of(all, name));
    fmt::print(
        "{:<20} verdict {:>5.0f} ns ({:.2f} of the bar), with its statements {:>5.0f} ns ({:.2f}), request made and "
        "asked {:>5.0f} ns\n",
        name, times.verdict, times.verdict / 1e9 / kVerdictBar, times.decision, times.decision / 1e9 / kDecisionBar,
        times.fresh);
  }
}

void print_beside(const Managed& all) {
  const auto text_of = [](std::string_view text) { return json::parse(std::string(text)); };
  for (const auto& name : kPolicies) {
    const Engine engine = engine_of(all, name);
    const Times times = times_of(engine);
    json::array verdicts;
    json::array asked;
    for (const auto& request : requests()) verdicts.push_back(json::value(name_of(engine.verdict(request))));
    for (const auto& one : kAsked) asked.push_back(json::object{{"action", one.action}, {"resource", one.resource}});
    fmt::print("{}\n", json::serialize(json::object{{"name", name},
                                                    {"verdict", times.verdict},
                                                    {"decision", times.decision},
                                                    {"verdicts", std::move(verdicts)},
                                                    {"asked", std::move(asked)},
                                                    {"fullAccess", text_of(kFullAccess)},
                                                    {"guardrails", text_of(kGuardrails)},
                                                    {"regions", text_of(kRegions)}}));
  }
}

void print_reading(const Managed& all) {
  std::size_t bytes = 0;
  for (const auto& [name, text] : all) bytes += text.size();
  std::size_t statements = 0;
  std::size_t unreadable = 0;
  std::size_t refused = 0;
  const double seconds = seconds_of([&] {
    statements = unreadable = refused = 0;
    for (const auto& [name, text] : all) {
      const auto parsed = parse(text, PolicyKind::kAwsManaged);
      statements += parsed.policy.statements.size();
      unreadable += parsed.readable() ? 0 : 1;
      refused += parsed.acceptable() ? 0 : 1;
    }
  });
  fmt::print("{} policies of {} bytes read in {:.1f} ms: {} statements, {} unreadable, {} that AWS would refuse\n",
             all.size(), bytes, seconds * 1e3, statements, unreadable, refused);
  std::vector<Policy> policies;
  for (const auto& [name, text] : all) policies.push_back(parse(text, PolicyKind::kAwsManaged).policy);
  const double compiling = seconds_of([&] {
    for (const auto& policy : policies) statements += compile(policy) != nullptr ? 1U : 0U;
  });
  fmt::print("all of them compiled in {:.1f} ms\n", compiling * 1e3);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    fmt::print(stderr, "usage: iam_bench FILE [beside]\n");
    return 2;
  }
  std::ifstream file(argv[1]);
  const Managed all = read_managed(file);
  for (const auto& name : kPolicies) {
    if (all.contains(name)) continue;
    fmt::print(stderr, "{}: {} is not in it\n", argv[1], name);
    return 1;
  }
  if (argc > 2) {
    print_beside(all);
    return 0;
  }
  print_times(all);
  print_reading(all);
  return 0;
}
