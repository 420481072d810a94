#include "cli/cli.hpp"
#include "server/operator.hpp"
#include "server/serve.hpp"

int main(int argc, char** argv) {
  return ag::cli::run(argc, argv,
                      {ag::server::serve, ag::server::default_data_folder, ag::server::issue_token,
                       ag::server::list_tokens, ag::server::revoke_token, ag::server::verify_ledger});
}
