#include "iam/facts.hpp"

#include "iam/table.hpp"

namespace ag::iam {
namespace {

// The sections and rows that tools/embed_iam.py writes; facets, levels and classes are numbered as in facts.hpp.
enum Section : std::size_t {
  kThings = 10,
  kFactRows = 11,
  kTechniques = 12,
  kTechniqueActions = 13,
  kPasses = 14,
  kKinds = 16,
};
struct ThingRow {
  std::uint32_t name, everywhere, somewhere;
};
struct FactRow {
  std::uint32_t action, facet, level, thing, source, whole, kind;
};
struct KindRow {
  std::uint32_t thing, name, in_everywhere;
};
struct TechniqueRow {
  std::uint32_t name, kind, first_action, actions, first_pass, passes, names, what, written;
};

}  // namespace

const Facts& Facts::built_in() {
  static const Facts facts;
  return facts;
}

Facts::Facts() {
  const Table table(catalogue_bytes());
  for (const ThingRow& row : table.rows<ThingRow>(kThings))
    things_.push_back({table.text(row.name), table.text(row.everywhere), table.text(row.somewhere), 0});
  for (const KindRow& row : table.rows<KindRow>(kKinds))
    kinds_.push_back({row.thing, table.text(row.name), row.in_everywhere != 0, 0});
  for (const FactRow& row : table.rows<FactRow>(kFactRows)) {
    AG_ASSERT(row.facet < kFacets && row.level <= static_cast<std::uint32_t>(Level::kCritical));
    AG_ASSERT(row.thing < things_.size());
    facts_.push_back({static_cast<ActionId>(row.action), static_cast<Facet>(row.facet), static_cast<Level>(row.level),
                      row.thing, row.kind, row.whole != 0, table.text(row.source)});
    ++things_[row.thing].facts;
    AG_ASSERT(row.kind <= kinds_.size());
    if (row.kind > 0) ++kinds_[row.kind - 1].facts;
    actions_.add(facts_.back().action);
  }
  const auto actions = table.rows<std::uint32_t>(kTechniqueActions);
  const auto passes = table.rows<std::uint32_t>(kPasses);
  for (const TechniqueRow& row : table.rows<TechniqueRow>(kTechniques)) {
    AG_ASSERT(row.kind <= static_cast<std::uint32_t>(TechniqueClass::kOrganization));
    Technique technique{.name = table.text(row.name),
                        .kind = static_cast<TechniqueClass>(row.kind),
                        .written = table.text(row.written),
                        .names = table.text(row.names),
                        .what = table.text(row.what)};
    for (std::uint32_t i = 0; i < row.actions; ++i)
      technique.actions.push_back(static_cast<ActionId>(actions.at(row.first_action + i)));
    for (std::uint32_t i = 0; i < row.passes; ++i)
      technique.passes.push_back(table.text(passes.at(row.first_pass + i)));
    techniques_.push_back(std::move(technique));
  }
}

}  // namespace ag::iam
