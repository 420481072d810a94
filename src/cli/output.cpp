#include "cli/output.hpp"

#include "cli/json_path.hpp"
#include "cli/text.hpp"
#include "cli/yaml.hpp"

namespace ag::cli {
namespace {

void write_json(Context& context, std::string_view bytes) {
  context.out() << printable_json(bytes);
  if (!bytes.ends_with('\n')) context.out() << '\n';
}

}  // namespace

void show_object(Context& context, const Answer& answer, const Look& look) {
  switch (context.format()) {
    case Format::kTable: context.out() << look.people(answer.value); break;
    case Format::kJson: write_json(context, answer.bytes); break;
    case Format::kJsonLines: write_json(context, json::serialize(answer.value)); break;
    case Format::kYaml: context.out() << to_yaml(answer.value); break;
    case Format::kName: context.out() << printable(look.name(answer.value)) << '\n'; break;
  }
  context.out() << std::flush;
}

void show_list(Context& context, const Answer& answer, const Look& look, std::string_view nothing) {
  const json::array& items = items_at(answer.value, "items");
  switch (context.format()) {
    case Format::kTable:
      if (items.empty()) context.note(nothing);
      else context.out() << look.people(answer.value);
      break;
    case Format::kJson: write_json(context, answer.bytes); break;
    case Format::kJsonLines:
      for (const auto& item : items) write_json(context, json::serialize(item));
      break;
    case Format::kYaml: context.out() << to_yaml(answer.value); break;
    case Format::kName: {
      std::string before;
      for (const auto& item : items) {
        std::string name = printable(look.name(item));
        if (name.empty() || name == before) continue;  // several grants of one request: its id once
        context.out() << name << '\n';
        before = std::move(name);
      }
      break;
    }
  }
  context.out() << std::flush;
  if (!value_at(answer.value, "next").is_null()) context.note("there is more: raise --limit");
}

TableStyle table_style(const Context& context) {
  return {.colour = context.terminal().out_colour, .width = context.terminal().width};
}

Tone tone_of_state(std::string_view state) {
  if (state == "active") return Tone::kGood;
  if (state == "pending" || state == "scheduled" || state == "granting" || state == "ending") return Tone::kWaiting;
  if (state == "denied" || state == "failed" || state == "revoked") return Tone::kBad;
  return Tone::kPlain;
}

}  // namespace ag::cli
