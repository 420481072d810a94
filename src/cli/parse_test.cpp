#include "cli/parse.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "cli/completion.hpp"
#include "cli/help.hpp"

namespace ag::cli {
namespace {

ParsedCommand parsed(std::vector<std::string> words) {
  auto outcome = parse_words(words);
  const auto* problem = std::get_if<UsageProblem>(&outcome);
  EXPECT_EQ(problem, nullptr) << (problem == nullptr ? "" : problem->message);
  auto* command = std::get_if<ParsedCommand>(&outcome);
  return command == nullptr ? ParsedCommand{} : *command;
}

std::string refusal(std::vector<std::string> words) {
  const auto outcome = parse_words(words);
  const auto* problem = std::get_if<UsageProblem>(&outcome);
  return problem == nullptr ? "accepted" : problem->message;
}

TEST(Parse, TakesCommonOptionsAnywhere) {
  for (const auto& words : std::vector<std::vector<std::string>>{{"-o", "json", "request", "show", "req_1"},
                                                                 {"request", "-o", "json", "show", "req_1"},
                                                                 {"request", "show", "req_1", "--output=json"}}) {
    const auto command = parsed(words);
    ASSERT_NE(command.command, nullptr);
    EXPECT_EQ(command.command->path, "request show");
    EXPECT_EQ(command.common.text("output"), "json");
    EXPECT_EQ(command.arguments.text("ID"), "req_1");
  }
}

TEST(Parse, TakesTheValueOfWaitAfterAnEqualsSignOnly) {
  const auto bare = parsed({"ask", "--wait", "prod-web", "ReadOnly", "--for", "1h"});
  EXPECT_TRUE(bare.arguments.has("wait"));
  EXPECT_EQ(bare.arguments.text("wait"), "");
  EXPECT_EQ(bare.arguments.text("ACCOUNTS"), "prod-web");
  const auto bounded = parsed({"ask", "prod-web", "ReadOnly", "--for", "1h", "--wait=10m"});
  EXPECT_EQ(bounded.arguments.text("wait"), "10m");
  EXPECT_EQ(parsed({"serve", "--sandbox=7"}).arguments.text("sandbox"), "7");
  EXPECT_TRUE(parsed({"serve", "--sandbox"}).arguments.has("sandbox"));
}

TEST(Parse, DoesNotTakeANameForACommand) {
  const auto command = parsed({"ask", "request", "can", "--for", "1h"});
  ASSERT_NE(command.command, nullptr);
  EXPECT_EQ(command.command->path, "ask");
  EXPECT_EQ(command.arguments.text("ACCOUNTS"), "request");
  EXPECT_EQ(command.arguments.text("PERMISSION_SET"), "can");
}

TEST(Parse, KeepsTheTextOfAReasonAsItIs) {
  const auto command =
      parsed({"ask", "a", "b", "--for", "1h", "--reason", "{x} [1,2] \"quoted\" %s -- no", "--start", "+2h"});
  EXPECT_EQ(command.arguments.text("reason"), "{x} [1,2] \"quoted\" %s -- no");
  EXPECT_EQ(command.arguments.text("start"), "+2h");
}

TEST(Parse, ExplainsWrongWords) {
  EXPECT_EQ(refusal({"reqest", "ls"}), "there is no command \"reqest\"; did you mean \"request\"?");
  EXPECT_EQ(refusal({"request", "sow", "x"}), "there is no command \"request sow\"; did you mean \"show\"?");
  EXPECT_EQ(refusal({}), "which command?");
  EXPECT_EQ(refusal({"review"}), "review what? ls, approve, deny, close");
  EXPECT_NE(refusal({"ask", "a", "b"}).find("--for"), std::string::npos);
  EXPECT_NE(refusal({"review", "deny", "req_1"}).find("--comment"), std::string::npos);
  EXPECT_NE(refusal({"request", "show"}).find("ID"), std::string::npos);
  EXPECT_NE(refusal({"request", "show", "a", "b"}), "accepted");
  EXPECT_NE(refusal({"can", "-o", "xml"}), "accepted");
  EXPECT_NE(refusal({"completion", "tcsh"}), "accepted");
  EXPECT_NE(refusal({"request", "ls", "--mine=false"}), "accepted");
  EXPECT_NE(refusal({"request", "ls", "--state", "a", "--state", "b"}), "accepted");
}

TEST(Parse, HasNoFlagThatWouldShowATokenInTheProcessList) {
  EXPECT_NE(refusal({"whoami", "--token", "ag_x"}), "accepted");
}

TEST(Help, IsGivenForEveryWordOfTheTable) {
  const auto help_of = [](std::vector<std::string> words) {
    const auto outcome = parse_words(words);
    const auto* help = std::get_if<HelpWanted>(&outcome);
    return help == nullptr ? std::string{} : help->text;
  };
  EXPECT_NE(help_of({"--help"}).find("exit codes"), std::string::npos);
  EXPECT_NE(help_of({"review", "--help"}).find("review approve"), std::string::npos);
  for (const auto& command : command_table()) {
    std::vector<std::string> words;
    std::string path(command.path);
    if (const auto space = path.find(' '); space != std::string::npos)
      words = {path.substr(0, space), path.substr(space + 1)};
    else words = {path};
    words.emplace_back("--help");
    const std::string help = help_of(words);
    EXPECT_NE(help.find("usage: accessguard " + path), std::string::npos) << path;
    for (const auto& option : command.options)
      EXPECT_NE(help.find(std::string("--") + std::string(key_of(option))), std::string::npos) << path;
  }
}

TEST(CommandTable, NamesNothingThatIsNotThereYet) {
  for (const auto* absent : {"extend", "scan", "audit export"}) {
    EXPECT_EQ(find_command(absent), nullptr) << absent;
  }
  for (const auto& command : command_table()) EXPECT_NE(command.run, nullptr) << command.path;
}

TEST(Parse, TellsWhatALaterVersionBringsFromASlipOfTheFingers) {
  EXPECT_EQ(refusal({"audit", "proof", "12"}), "\"audit proof\" is not in this version yet");
  EXPECT_EQ(refusal({"access", "frob", "req_1"}), "there is no command \"access frob\"");
  for (const auto* word : {"extend", "scan", "plan", "apply", "drift", "import"}) {
    EXPECT_EQ(refusal({word}), fmt::format("\"{}\" is not in this version yet", word));
    EXPECT_EQ(find_command(word), nullptr) << "it is there now: take it off the list";
  }
  EXPECT_EQ(refusal({"scann"}), "there is no command \"scann\"");
}

TEST(Completion, KnowsEveryCommandInEveryShell) {
  for (const auto* shell : {"bash", "zsh", "fish"}) {
    const std::string script = completion_script(shell);
    for (const auto& command : command_table()) {
      for (const auto& option : command.options)
        EXPECT_NE(script.find(key_of(option)), std::string::npos) << shell << " " << command.path;
    }
    for (const auto word : first_words()) EXPECT_NE(script.find(word), std::string::npos) << shell << " " << word;
  }
}

}  // namespace
}  // namespace ag::cli
