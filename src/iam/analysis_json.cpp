#include "iam/analysis_json.hpp"

#include "iam/analysis_words.hpp"
#include "iam/catalogue.hpp"

namespace ag::iam {
namespace {

template <class Enum>
std::string_view name_of(Enum value) {
  return enum_names(value)[static_cast<std::size_t>(value)];
}

json::array texts(const std::vector<std::string>& list) {
  json::array array;
  for (const std::string& text : list) array.emplace_back(text);
  return array;
}

json::array refs(const std::vector<StatementRef>& list) {
  json::array array;
  for (const StatementRef& ref : list) {
    json::object object{{"layer", name_of(ref.layer)}, {"policy", ref.policy}, {"statement", ref.index}};
    if (!ref.sid.empty()) object.emplace("sid", ref.sid);
    array.push_back(std::move(object));
  }
  return array;
}

json::object grant_json(std::string_view action, const Grant& grant) {
  json::object object{{"action", action},
                      {"certainty", name_of(grant.certainty)},
                      {"breadth", name_of(grant.breadth)},
                      {"allowed_by", refs(grant.allowed_by)}};
  if (!grant.narrowed_by.empty()) object.emplace("narrowed_by", refs(grant.narrowed_by));
  if (!grant.resources.empty()) object.emplace("resources", texts(grant.resources));
  if (!grant.depends_on.empty()) object.emplace("depends_on", texts(grant.depends_on));
  return object;
}

json::object finding_json(const Finding& finding) {
  json::array evidence;
  for (const Evidence& item : finding.evidence) {
    json::object object = grant_json(item.action, item.grant);
    if (!item.source.empty()) object.emplace("source", item.source);
    evidence.push_back(std::move(object));
  }
  return {{"thing", finding.thing},
          {"level", name_of(finding.level)},
          {"certainty", name_of(finding.certainty)},
          {"breadth", name_of(finding.breadth)},
          {"words", sentence(finding)},
          {"actions", finding.actions},
          {"evidence", std::move(evidence)}};
}

json::object path_json(const EscalationPath& path) {
  json::array actions;
  json::array steps;
  for (const Step& step : path.steps) {
    actions.emplace_back(step.action);
    steps.push_back(grant_json(step.action, step.grant));
  }
  json::object object{
      {"technique", path.technique},          {"class", name_of(path.kind)},      {"level", name_of(path.level)},
      {"certainty", name_of(path.certainty)}, {"breadth", name_of(path.breadth)}, {"by", path.words},
      {"actions", std::move(actions)},        {"minimal", path.minimal},          {"steps", std::move(steps)}};
  if (!path.names.empty()) object.emplace("known_as", path.names);
  if (!path.roles.empty()) object.emplace("roles", texts(path.roles));
  return object;
}

json::array names(const ActionSet& set) {
  json::array array;
  set.each([&](ActionId id) { array.emplace_back(Catalogue::built_in().name(id)); });
  return array;
}

json::array levels_json(AccessLevels levels) {
  json::array array;
  if (levels.list) array.emplace_back("list");
  if (levels.read) array.emplace_back("read");
  if (levels.write) array.emplace_back("write");
  if (levels.tagging) array.emplace_back("tagging");
  if (levels.permissions) array.emplace_back("permissions");
  return array;
}

}  // namespace

json::object to_json(const Analysis& analysis) {
  json::array facets;
  for (const FacetResult& facet : analysis.facets) {
    json::array findings;
    for (const Finding& finding : facet.findings) findings.push_back(finding_json(finding));
    facets.push_back(json::object{
        {"facet", name_of(facet.facet)}, {"level", name_of(facet.level)}, {"findings", std::move(findings)}});
  }
  json::array paths;
  for (const EscalationPath& path : analysis.escalation_paths) paths.push_back(path_json(path));
  json::object object{{"level", name_of(analysis.level)},
                      {"score", analysis.score},
                      {"effective_administrator", analysis.effective_administrator}};
  if (analysis.effective_administrator) object.emplace("administrator_because", analysis.administrator_because);
  object.emplace("allowed", json::object{{"possible", analysis.possible},
                                         {"certain", analysis.certain},
                                         {"everywhere", analysis.everywhere},
                                         {"changing", analysis.changing}});
  object.emplace("unknown_actions", texts(analysis.unknown_actions));
  object.emplace("facets", std::move(facets));
  object.emplace("escalation_paths", std::move(paths));
  object.emplace("catalogue", Catalogue::built_in().version());
  return object;
}

json::object to_json(const Expansion& expansion) {
  const Catalogue& catalogue = Catalogue::built_in();
  json::array actions;
  expansion.possible().each([&](ActionId id) {
    const bool certain = expansion.certain().contains(id);
    const bool everywhere = expansion.everywhere().contains(id);
    json::object object{{"action", catalogue.name(id)},
                        {"levels", levels_json(catalogue.levels(id))},
                        {"certainty", name_of(certain ? Certainty::kCertainly : Certainty::kPossibly)},
                        {"breadth", name_of(everywhere ? Breadth::kEverything : Breadth::kSome)}};
    if (!everywhere) {
      const Grant grant = expansion.grant_of(id);
      object["breadth"] = name_of(grant.breadth);
      if (!grant.resources.empty()) object.emplace("resources", texts(grant.resources));
      if (!grant.depends_on.empty()) object.emplace("depends_on", texts(grant.depends_on));
    }
    actions.push_back(std::move(object));
  });
  return {{"possible", expansion.possible().size()},
          {"certain", expansion.certain().size()},
          {"everywhere", expansion.everywhere().size()},
          {"unknown_actions", texts(expansion.unknown_actions())},
          {"actions", std::move(actions)},
          {"catalogue", catalogue.version()}};
}

json::object to_json(const Difference& difference) {
  return {{"new_actions", names(difference.new_actions)},
          {"more_certain", names(difference.more_certain)},
          {"wider", names(difference.wider)}};
}

}  // namespace ag::iam
