#include "server/serve.hpp"
int main(int argc, char**) {
  ag::server::ServeOptions o;
  o.sandbox = argc > 1;
  return ag::server::serve(o);
}
