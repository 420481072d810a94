#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/assert.hpp"
#include "sandbox/company.hpp"
#include "sandbox/sequence.hpp"

namespace ag::sandbox {
namespace {

enum class DirectoryEntry { kOpen, kDisabled };

struct PersonPlan {
  std::string_view user_name;
  std::string_view given_name;
  std::string_view family_name;  // invented: nobody is meant
  std::string_view manager;      // a user name; empty for the one at the top
  DirectoryEntry entry = DirectoryEntry::kOpen;
};
constexpr PersonPlan kPeople[] = {
    {"ana", "Ana", "Corvelha", "bo"},          {"bo", "Bo", "Lindmark-Ysa", "sven"},
    {"chen", "Chen", "Luowei", "sven"},        {"dee", "Dee", "Harrowgate", "bo"},
    {"emil", "Emil", "Brandsvik", "bo"},       {"fatima", "Fatima", "Zerrouqi", "chen"},
    {"goran", "Goran", "Petrinovac", "bo"},    {"hana", "Hana", "Morisato", "bo"},
    {"ines", "Inês", "Valdouro", "sven"},      {"jonas", "Jonas", "Felkamp", "ines"},
    {"kofi", "Kofi", "Asanteba", "ines"},      {"lena", "Lena", "Wiesentaler", "ines"},
    {"mateo", "Mateo", "Quirarte", "ines"},    {"nadia", "Nadia", "Belkhadi", "priya"},
    {"omar", "Omar", "Farisani", "quinn"},     {"priya", "Priya", "Raghavani", "sven"},
    {"quinn", "Quinn", "Astermoor", "greta"},  {"rosa", "Rosa", "Montefiel", "quinn"},
    {"sven", "Sven", "Åkervall", ""},          {"tariq", "Tariq", "Nouroudin", "chen"},
    {"uma", "Uma", "Keshavara", "greta"},      {"viktor", "Viktor", "Dragunel", "bo", DirectoryEntry::kDisabled},
    {"wanda", "Wanda", "Kolczyna", "sven"},    {"xavi", "Xavi", "Puigcerda", "quinn"},
    {"yuki", "Yuki", "Tanabashi", "quinn"},    {"zoe", "Zoë", "Vanderlune", "ines"},
    {"amara", "Amara", "Okonjere", "bo"},      {"bruno", "Bruno", "Castelmar", "ines"},
    {"carla", "Carla", "Fontebella", "wanda"}, {"dmitri", "Dmitri", "Sokolnev", "priya"},
    {"elif", "Elif", "Yıldıraner", "quinn"},   {"farid", "Farid", "Haqqanian", "priya"},
    {"greta", "Greta", "Holmsund", "sven"},    {"hugo", "Hugo", "Delacrique", "wanda"},
    {"imani", "Imani", "Mwangaza", "sven"},    {"jamal", "Jamal", "Westerby", "imani"},
    {"kaya", "Kaya", "Demirkol", "priya"},     {"liam", "Liam", "O'Carrick", "quinn"},
    {"maya", "Maya", "Levontin", "wanda"},     {"noor", "Noor", "Al-Sahiri", "chen"},
};

struct GroupPlan {
  std::string_view display_name;
  std::string_view description;
  std::vector<std::string_view> members;
};
const std::vector<GroupPlan>& group_plans() {
  static const std::vector<GroupPlan> kGroups = {
      {"Developers",
       "Everyone who writes software",
       {"ana",  "bo",    "dee",  "emil",   "goran", "hana", "ines", "jonas", "kofi",  "lena", "mateo",
        "omar", "quinn", "rosa", "viktor", "xavi",  "yuki", "zoe",  "amara", "bruno", "elif", "liam"}},
      {"TeamLeads",
       "Leads of the product teams; they approve for their teams",
       {"bo", "ines", "priya", "quinn", "greta"}},
      {"Security", "The security team", {"chen", "fatima", "tariq", "noor"}},
      {"Oncall", "Who carries the pager", {"dee", "emil", "hana", "kofi", "uma", "zoe"}},
      {"DataEngineers", "Pipelines and the warehouse", {"priya", "nadia", "farid", "kaya", "dmitri"}},
      {"Finance", "Finance and procurement", {"wanda", "carla", "hugo"}},
      {"Admins", "Administrators of the cloud platform", {"sven", "uma", "greta"}},
      {"Auditors", "Internal and external auditors", {"imani", "jamal"}},
  };
  return kGroups;
}

}  // namespace

void make_people(Company& company, std::uint64_t seed) {
  // Ids of users and groups begin with the store's ten digits, as in every directory of Identity Center's own.
  const std::string prefix = company.identity_store_id.substr(2);
  const auto principal_id = [&](std::string_view kind, std::string_view name) {
    return fmt::format("{}-{}", prefix, derived_uuid(seed, fmt::format("{}:{}", kind, name), 0));
  };
  for (const PersonPlan& plan : kPeople) {
    company.users.push_back({
        .id = UserId(principal_id("user", plan.user_name)),
        .user_name = std::string(plan.user_name),
        .given_name = std::string(plan.given_name),
        .family_name = std::string(plan.family_name),
        .email = fmt::format("{}@example.com", plan.user_name),
        .enabled = plan.entry == DirectoryEntry::kOpen,
        .created = company.founded + Duration::hours(24) * static_cast<std::int64_t>(company.users.size() + 1),
        .manager = plan.manager.empty() ? UserId() : UserId(principal_id("user", plan.manager)),
    });
  }
  for (const GroupPlan& plan : group_plans()) {
    const GroupId group(principal_id("group", plan.display_name));
    company.groups.push_back({.id = group,
                              .display_name = std::string(plan.display_name),
                              .description = std::string(plan.description),
                              .created = company.founded + Duration::hours(24)});
    for (const std::string_view member : plan.members) {
      const auto user = std::find_if(company.users.begin(), company.users.end(),
                                     [&](const User& candidate) { return candidate.user_name == member; });
      AG_ASSERT(user != company.users.end());
      company.memberships.push_back({.id = principal_id("membership", fmt::format("{}/{}", plan.display_name, member)),
                                     .group = group,
                                     .user = user->id,
                                     .created = user->created + Duration::hours(1)});
    }
  }
}

}  // namespace ag::sandbox
