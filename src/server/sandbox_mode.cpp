#include "server/sandbox_mode.hpp"

#include <fmt/format.h>

#include <map>

#include "server/clock.hpp"

namespace ag::server {

const std::string_view kSandboxPolicy =
    R"(# What the people of the sandbox may ask for. Change it, and see what happens:
#   accessguard policy validate FILE
#   accessguard policy apply FILE
version: 1
targets:
  prod:      {ou: /Workloads/Prod}
  staging:   {ou: /Workloads/Staging}
  dev:       {ou: /Workloads/Dev}
  sandboxes: {ou: /Sandbox}
  security:  {ou: /Security}
# How much each permission set can do is found out from its policies: accessguard api GET /v1/permission-sets.
# A higher level may be declared here; a lower one only with what it is instead of.
permission_sets:
  SecurityAudit: {level: high}
  Deploy:        {level: medium, instead_of: high}
rules:
  - id: look-around
    who: {everyone: true}
    what: [ReadOnly]
    where: [dev, sandboxes]
    max: 8h
    approval: nobody
  - id: dev-power
    who: {groups: [Developers]}
    what: [PowerUser, Deploy]
    where: [dev, sandboxes]
    max: 8h
    approval: nobody
  - id: prod-work
    who: {groups: [Developers, DataEngineers]}
    what: [ReadOnly, Deploy, DataAnalyst]
    where: [prod, staging]
    max: 4h
    approval: a-lead
    extend: {times: 2, by: 1h}
  - id: prod-admin
    who: {groups: [Developers, Oncall]}
    what: [ProdAdmin]
    where: [prod]
    max: 2h
    approval: lead-and-security
    end: hard
  - id: security-review
    who: {groups: [Security, Auditors]}
    what: [SecurityAudit, ReadOnly]
    where: [all]
    max: 8h
    approval: a-lead
approval_policies:
  nobody: {steps: []}
  a-lead:
    steps: [{any_of: [{group: TeamLeads}], need: 1}]
    lapse: 8h
  lead-and-security:
    steps:
      - {any_of: [{group: TeamLeads}], need: 1}
      - {any_of: [{group: Security}], need: 1}
    lapse: 4h
break_glass:
  who: {groups: [Oncall, TeamLeads]}
  what: [BreakGlassAdmin]
  where: [prod]
  max: 1h
  notify: [Security]
  review_within: 1d
)";

Result<std::unique_ptr<SandboxServer>> SandboxServer::start(std::uint64_t seed, sandbox::Behaviour behaviour,
                                                            std::uint16_t port) {
  std::unique_ptr<SandboxServer> server(new SandboxServer(seed, behaviour));
  // One thread: the sandbox is one value, and its calls are short.
  ListenerOptions options{.port = port, .threads = 1, .max_body = 256 * 1024};
  auto listener = Listener::start(std::move(options), [raw = server.get()](const HttpRequest& request) -> Answer {
    const std::lock_guard lock(raw->mutex_);
    return raw->sandbox_.handle(request, wall_clock());
  });
  if (!listener) return fail(listener.error());
  server->listener_ = std::move(*listener);
  return server;
}

std::string SandboxServer::url() const { return fmt::format("http://127.0.0.1:{}", listener_->port()); }

aws::Environment SandboxServer::environment() const {
  std::map<std::string, std::string> values{{"AWS_ENDPOINT_URL", url()},
                                            {"AWS_REGION", region()},
                                            {"AWS_ACCESS_KEY_ID", credentials().access_key_id},
                                            {"AWS_SECRET_ACCESS_KEY", credentials().secret_access_key}};
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto it = values.find(name);
    if (it != values.end()) return it->second;
    // Nothing of the machine's own AWS set-up may reach the sandbox, nor the sandbox's calls anything else.
    return name.starts_with("AWS_") ? std::nullopt : aws::process_environment()(name);
  };
}

sandbox::Credentials SandboxServer::credentials() const {
  const std::lock_guard lock(mutex_);
  return sandbox_.credentials();
}

std::string SandboxServer::region() const {
  const std::lock_guard lock(mutex_);
  return sandbox_.region();
}

std::string SandboxServer::hard_end_policy() const {
  const std::lock_guard lock(mutex_);
  for (const auto& policy : sandbox_.control_policies()) {
    if (!policy.aws_managed) return policy.id;
  }
  return "";
}

std::vector<sandbox::Person> SandboxServer::people() const {
  const std::lock_guard lock(mutex_);
  return sandbox_.people();
}

}  // namespace ag::server
