package dev.ovenbird.protocol.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * What a client logs in with.
 *
 * @param username empty: none
 * @param password what the password field is to hold; may be a token of an earlier session
 */
public record ClientLogin(String username, byte[] password) {
  /** A client with a certificate alone. */
  public static final ClientLogin NONE = new ClientLogin("", new byte[0]);

  public ClientLogin {
    password = password.clone();
  }

  public static ClientLogin of(String username, String password) {
    return new ClientLogin(username, password.getBytes(UTF_8));
  }

  /** With the answer to a static challenge, such as the code of an authenticator app. */
  public ClientLogin withResponse(String response) {
    return new ClientLogin(username, PasswordField.ofStatic(password, response));
  }

  /** The answer to the dynamic challenge that the server has just sent. */
  public static ClientLogin answer(DynamicChallenge.Asked asked, String response) {
    return new ClientLogin(asked.username(), PasswordField.ofDynamic(asked.stateId(), response));
  }

  /** Without secrets. */
  @Override
  public String toString() {
    return "ClientLogin";
  }
}
