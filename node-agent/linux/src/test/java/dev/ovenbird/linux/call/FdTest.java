package dev.ovenbird.linux.call;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import org.junit.jupiter.api.Test;

class FdTest {
  @Test
  void is_closed_once_and_its_number_is_not_given_out_after() {
    Fd first = Fd.owned(FileCalls.open("/dev/null", FileCalls.O_RDWR | FileCalls.O_CLOEXEC));
    int number = first.fd();
    first.close();
    assertThat(first.isOpen()).isFalse();
    assertThatIllegalStateException().isThrownBy(first::fd);
    try (Fd second = Fd.owned(FileCalls.open("/dev/null", FileCalls.O_RDWR))) {
      first.close();
      assertThat(FileCalls.fcntl(second.fd(), FileCalls.F_GETFD, 0)).isNotNegative();
      assertThat(second.fd()).isEqualTo(number);
    }
  }

  @Test
  void an_inherited_one_is_not_passed_on_to_children() {
    int number = FileCalls.open("/dev/null", FileCalls.O_RDWR);
    try (Fd fd = Fd.inherited(number)) {
      assertThat(FileCalls.fcntl(fd.fd(), FileCalls.F_GETFD, 0)).isEqualTo(FileCalls.FD_CLOEXEC);
    }
  }

  @Test
  void errors_are_negated_numbers_with_names() {
    int result = FileCalls.open("/nonexistent", FileCalls.O_RDWR);
    assertThat(Errno.ENOENT.is(result)).isTrue();
    assertThat(new LinuxException("open /nonexistent", -result))
        .hasMessage("open /nonexistent: ENOENT (No such file or directory)");
    assertThat(Errno.describe(4711)).isEqualTo("errno 4711");
  }
}
