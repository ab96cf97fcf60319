package dev.ovenbird.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import dev.ovenbird.crds.instance.InstanceConfig.Totp;
import dev.ovenbird.crds.instance.InstanceConfig.Usernames;
import dev.ovenbird.crds.schema.DurationBounds;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** What clients need besides their certificate. */
public record Authentication(
    @Default("{}") @JsonPropertyDescription("Where passwords are checked.") Passwords passwords,
    @Default("Disabled")
        @JsonPropertyDescription(
            "A code of an authenticator app besides the password. Static: typed with the password,"
                + " every client can. Dynamic: asked for afterwards; OpenVPN 2 needs a graphical"
                + " client for that. With HTTP the endpoint checks it.")
        Totp totp,
    @Default("Any")
        @JsonPropertyDescription(
            "Any: every user may log in with every profile. ClientName: the user name must be the"
                + " VpnClient's name.")
        Usernames usernames,
    @Default("{}")
        @JsonPropertyDescription(
            "After a log-in a token stands for the password, so that nobody is asked again at"
                + " renegotiations or on another instance.")
        Token token) {
  public static final Authentication DEFAULT =
      new Authentication(Passwords.DEFAULT, Totp.Disabled, Usernames.Any, Token.DEFAULT);

  public Authentication {
    passwords = passwords == null ? Passwords.DEFAULT : passwords;
    totp = totp == null ? Totp.Disabled : totp;
    usernames = usernames == null ? Usernames.Any : usernames;
    token = token == null ? Token.DEFAULT : token;
  }

  /** Whether clients log in by name. */
  public boolean asksPasswords() {
    return passwords.type() != PasswordsType.None;
  }

  /** A union by type. */
  @ValidationRule(
      value = "(self.type == 'Secret') == has(self.secretRef)",
      fieldPath = ".secretRef",
      message = "goes with type Secret, and only with it: the Secret that holds users")
  @ValidationRule(
      value = "(self.type == 'HTTP') == has(self.http)",
      fieldPath = ".http",
      message = "goes with type HTTP, and only with it: the endpoint to ask")
  public record Passwords(
      @Default("None")
          @JsonPropertyDescription(
              "None: a certificate is enough. Secret: users with hashed passwords. HTTP: a program"
                  + " of yours is asked.")
          PasswordsType type,
      @JsonPropertyDescription(
              "With type Secret: a Secret with the key users, lines of"
                  + " NAME:HASH[:SECRET-OF-CODES]; ovenbird password makes one. In local mode the"
                  + " file secrets/NAME/users of the state folder.")
          Pki.@Nullable SecretReference secretRef,
      @JsonPropertyDescription("With type HTTP: what is asked.") @Nullable Http http) {
    static final Passwords DEFAULT = new Passwords(PasswordsType.None, null, null);

    public Passwords {
      type = type == null ? PasswordsType.None : type;
    }
  }

  public enum PasswordsType {
    None,
    Secret,
    HTTP
  }

  /** An endpoint that checks passwords. */
  public record Http(
      @Required
          @Size(min = 9, max = 1024)
          @Pattern(
              "^(https://[^/?#@ ]+|http://(127[.]0[.]0[.]1|localhost|\\[::1\\])(:[0-9]{1,5})?)(/[^ ]*)?$")
          @JsonPropertyDescription(
              "Gets a POST with JSON for every log-in. https, or http on the node itself.")
          String url,
      @Size(max = 65536)
          @JsonPropertyDescription(
              "Certificates (PEM) that the endpoint's must lead to; the public ones if left out.")
          @Nullable String caBundle,
      @Default("5s")
          @JsonPropertyDescription("How long an answer may take.")
          @DurationBounds(min = "1s", max = "10s")
          String timeout) {
    public Http {
      timeout = timeout == null ? "5s" : timeout;
    }
  }

  /** For how long a log-in is good. */
  public record Token(
      @Default("12h")
          @JsonPropertyDescription("After this the password is asked for again.")
          @DurationBounds(min = "10s", max = "8784h")
          String lifetime,
      @Default("1h")
          @JsonPropertyDescription(
              "How often a connected client gets the next token. One that is away for twice that"
                  + " long logs in again.")
          @DurationBounds(min = "2m", max = "168h")
          String renewal) {
    static final Token DEFAULT = new Token("12h", "1h");

    public Token {
      lifetime = lifetime == null ? "12h" : lifetime;
      renewal = renewal == null ? "1h" : renewal;
    }
  }
}
