#pragma once
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access/organization.hpp"
#include "base/assert.hpp"

/// For tests: a small company, to be changed by `with(…)` until it is the one that the test is about.
namespace ag::access::test {

/// SplitMix64: the same sequence on every machine.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(next() % limit); }
  bool chance(std::size_t percent) { return below(100) < percent; }
  template <class T>
  const T& pick(const std::vector<T>& of) {
    AG_ASSERT(!of.empty());
    return of[below(of.size())];
  }
  /// Between `least` and all of them, in their order.
  template <class T>
  std::vector<T> some(const std::vector<T>& of, std::size_t least = 1) {
    std::vector<T> kept = of;
    const std::size_t wanted = least + below(of.size() - least + 1);
    while (kept.size() > wanted) kept.erase(kept.begin() + static_cast<std::ptrdiff_t>(below(kept.size())));
    return kept;
  }

 private:
  std::uint64_t state_;
};

inline UserId user_id(std::string_view name) { return UserId("u-" + std::string(name)); }
inline GroupId group_id(std::string_view name) { return GroupId("g-" + std::string(name)); }
inline PermissionSetArn set_arn(std::string_view name) {
  return PermissionSetArn("arn:aws:sso:::permissionSet/ssoins-1/ps-" + std::string(name));
}
inline std::string mail_of(std::string_view name) { return std::string(name) + "@example.com"; }

/// Things with the same id replace each other; so a test says only what is different in its company.
class Company {
 public:
  Company with(User user) && { return put(snapshot_.users, std::move(user)); }
  Company with(Group group) && { return put(snapshot_.groups, std::move(group)); }
  Company with(Unit unit) && { return put(snapshot_.units, std::move(unit)); }
  Company with(PermissionSet set) && {
    std::erase_if(snapshot_.permission_sets, [&](const PermissionSet& other) { return other.arn == set.arn; });
    snapshot_.permission_sets.push_back(std::move(set));
    return std::move(*this);
  }
  Company with(StandingAssignment held) && {
    snapshot_.standing.push_back(std::move(held));
    return std::move(*this);
  }
  /// In the unit with this path, which must be there.
  Company with(Account account, std::string_view path) && {
    account.path = path;
    account.units.clear();
    for (const Unit& unit : snapshot_.units) {
      const bool above = unit.path == "/" || path == unit.path || path.starts_with(unit.path + "/");
      if (above) account.units.push_back(unit.id);
    }
    AG_ASSERT(!account.units.empty());
    return put(snapshot_.accounts, std::move(account));
  }
  Company with_user(std::string_view name, std::vector<std::string_view> groups = {}) && {
    for (Group& group : snapshot_.groups) {
      const bool joins = std::find(groups.begin(), groups.end(), group.name) != groups.end();
      if (joins) group.members.push_back(user_id(name));
    }
    return std::move(*this).with(User{user_id(name), std::string(name), std::string(name), mail_of(name), true});
  }
  Company with_disabled(std::string_view name) && {
    return std::move(*this).with(User{user_id(name), std::string(name), std::string(name), mail_of(name), false});
  }
  Company with_mail(std::string_view name, std::string mail) && {
    return std::move(*this).with(User{user_id(name), std::string(name), std::string(name), std::move(mail), true});
  }
  Company with_group(std::string_view name, const std::vector<std::string_view>& members) && {
    Group group{group_id(name), std::string(name), {}};
    for (const auto member : members) group.members.push_back(user_id(member));
    return std::move(*this).with(std::move(group));
  }
  Company with_set(std::string_view name) && {
    return std::move(*this).with(PermissionSet{set_arn(name), std::string(name), "", Duration::hours(1)});
  }
  Company without_user(std::string_view name) && {
    std::erase_if(snapshot_.users, [&](const User& user) { return user.id == user_id(name); });
    for (Group& group : snapshot_.groups) std::erase(group.members, user_id(name));
    return std::move(*this);
  }
  Company without_group(std::string_view name) && {
    std::erase_if(snapshot_.groups, [&](const Group& group) { return group.name == name; });
    return std::move(*this);
  }
  Company without_account(std::string_view id) && {
    std::erase_if(snapshot_.accounts, [&](const Account& account) { return account.id.str() == id; });
    return std::move(*this);
  }
  Company without_set(std::string_view name) && {
    std::erase_if(snapshot_.permission_sets, [&](const PermissionSet& set) { return set.name == name; });
    return std::move(*this);
  }

  [[nodiscard]] Organization organization() const { return Organization(snapshot_); }
  [[nodiscard]] const Snapshot& snapshot() const { return snapshot_; }

 private:
  template <class T>
  Company put(std::vector<T>& things, T thing) {
    const auto same = std::find_if(things.begin(), things.end(), [&](const T& other) { return other.id == thing.id; });
    if (same == things.end()) things.push_back(std::move(thing));
    else *same = std::move(thing);
    return std::move(*this);
  }

  Snapshot snapshot_;

  friend Company a_company();
};

/// ana, ben and finn are Developers; cleo, dora and ana's second identity ana-admin are TeamLeads; dora and emil are
/// Security; gone is a TeamLead who was disabled. Of the accounts, "old" is suspended.
inline Company a_company() {
  Company company;
  company.snapshot_.instance_arn = "arn:aws:sso:::instance/ssoins-1";
  company.snapshot_.identity_store = "d-1";
  company.snapshot_.standing_at = Instant{};
  company.snapshot_.management_account = AccountId("111111111111");
  company.snapshot_.units = {{UnitId("r-root"), "Root", "/"},
                             {UnitId("ou-work"), "Workloads", "/Workloads"},
                             {UnitId("ou-prod"), "Prod", "/Workloads/Prod"},
                             {UnitId("ou-pay"), "Payments", "/Workloads/Prod/Payments"},
                             {UnitId("ou-dev"), "Dev", "/Workloads/Dev"},
                             {UnitId("ou-sand"), "Sandbox", "/Sandbox"}};
  const auto account = [](const char* id, const char* name, const char* state, std::vector<Tag> tags) {
    return Account{AccountId(id), name, mail_of(name), state, {}, "", std::move(tags)};
  };
  company =
      std::move(company)
          .with(account("111111111111", "management", "ACTIVE", {}), "/")
          .with(account("222222222222", "shop-prod", "ACTIVE", {{"env", "prod"}, {"team", "shop"}}), "/Workloads/Prod")
          .with(account("333344445555", "payments-prod", "ACTIVE", {{"env", "prod"}, {"team", "payments"}}),
                "/Workloads/Prod/Payments")
          .with(account("444444444444", "shop-dev", "ACTIVE", {{"env", "dev"}, {"team", "shop"}}), "/Workloads/Dev")
          .with(account("012345678901", "play", "ACTIVE", {{"env", "sandbox"}}), "/Sandbox")
          .with(account("666666666666", "old", "SUSPENDED", {{"env", "sandbox"}}), "/Sandbox");
  for (const auto* name : {"ReadOnly", "PowerUser", "Deploy", "ProdAdmin", "SecurityAudit"}) {
    company = std::move(company).with_set(name);
  }
  for (const auto* name : {"ana", "ben", "cleo", "dora", "emil", "finn"}) company = std::move(company).with_user(name);
  return std::move(company)
      .with_mail("ana-admin", "Ana@Example.com")
      .with_disabled("gone")
      .with_group("Developers", {"ana", "ben", "finn"})
      .with_group("TeamLeads", {"cleo", "dora", "ana-admin", "gone"})
      .with_group("Security", {"dora", "emil"})
      .with_group("Oncall", {"ben"})
      .with_group("Empty", {});
}

}  // namespace ag::access::test
