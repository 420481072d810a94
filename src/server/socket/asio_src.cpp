// The one copy of Asio and Beast: compiling them here, once, saves each other file several seconds.
#include "server/socket/asio.hpp"

#include <boost/asio/impl/src.hpp>
#include <boost/beast/src.hpp>
