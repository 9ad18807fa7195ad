"""What tests of several rooms share: browsers, servers, people and programs that connect, judges of media."""
