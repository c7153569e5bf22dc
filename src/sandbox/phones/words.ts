// The words on the phones page. They stay here and not in locales/: this is a tool for the demo, no page of the product.

export const WORDS = {
  title: 'Điện thoại của phụ huynh',
  about:
    'Bản chạy thử: những gì phụ huynh nhìn thấy trên Telegram, Zalo và trong hộp thư. Không có tin nào ra ngoài máy này.',
  overview: 'Xem nhiều máy cùng lúc',
  list: 'Danh sách phụ huynh',
  search: 'Tìm theo tên, số hoặc địa chỉ',
  find: 'Tìm',
  newPhone: 'Thêm một điện thoại mới',
  newPhoneName: 'Tên người dùng điện thoại',
  add: 'Thêm',
  nobody: 'Chưa có ai ở đây.',
  chooseOne: 'Hãy chọn một phụ huynh trong danh sách.',
  more: (hidden: number) => `Còn ${hidden} mục nữa; hãy tìm để thu hẹp danh sách.`,
  chat: 'Telegram',
  zaloBot: 'Zalo Bot',
  zaloOa: 'Zalo OA',
  mail: 'Thư điện tử',
  startHint: 'Phụ huynh chưa mở cuộc trò chuyện với nhà trường.',
  zaloHint: 'Phụ huynh chưa nhắn gì cho nhà trường. Tin đầu tiên mở cuộc trò chuyện.',
  oaHint: 'Phụ huynh chưa quan tâm OA của nhà trường.',
  startCode: 'Mã trên giấy (nếu có)',
  start: 'Bắt đầu',
  type: 'Nhắn tin cho nhà trường',
  send: 'Gửi',
  block: 'Chặn',
  unblock: 'Bỏ chặn',
  follow: 'Quan tâm',
  unfollow: 'Bỏ quan tâm',
  read: 'Đã xem',
  blocked: 'Phụ huynh đã chặn nhà trường. Không tin nào đến được máy này.',
  deactivated: 'Tài khoản Telegram này đã bị xoá.',
  edited: 'đã sửa',
  silence: 'Chưa có tin nhắn nào.',
  emptyBox: 'Hộp thư trống.',
  from: 'Từ',
  asText: 'Xem bản chữ',
  links: 'Liên kết trong thư',
  attachments: 'Tệp đính kèm',
  unsubscribe: 'Huỷ nhận thư',
  unsubscribed: (status: number) => `Chương trình thư đã gửi yêu cầu huỷ nhận; máy chủ trả lời ${status}.`,
  mailBody: 'Nội dung thư',
  failed: 'Không làm được',
  relations: {
    new: 'chưa quan tâm',
    talking: 'đã nhắn tin',
    following: 'đang quan tâm',
    left: 'đã bỏ',
    withdrawn: 'đã rút lại đồng ý',
  },
  windows: {
    free: 'nhắn miễn phí (trong 48 giờ)',
    charged: 'nhắn mất phí (quá 48 giờ)',
    closed: 'không nhắn được nữa (quá 7 ngày)',
    never: 'chưa từng tương tác',
  },
  states: {
    new: 'chưa mở',
    started: 'đang dùng',
    blocked: 'đã chặn',
    deactivated: 'đã xoá',
    left: 'đã chặn',
    kicked: '',
    upgraded: '',
  },
} as const;

/** What an act of a person may answer, in Vietnamese; acts speak English to the programmer. */
export const sorry = (error: unknown): string => {
  const why = error instanceof Error ? error.message : String(error);
  if (why.includes('has no button')) return 'Nút này không còn trên màn hình.';
  if (why.includes('deep link'))
    return 'Mã chỉ gồm chữ không dấu, số, dấu gạch ngang và gạch dưới, dài 1–64 ký tự.';
  if (why.includes('1–2000')) return 'Tin nhắn Zalo phải có từ 1 đến 2000 ký tự.';
  if (why.includes('1–4096')) return 'Tin nhắn phải có từ 1 đến 4096 ký tự.';
  if (why.includes('the chat is')) return 'Máy này hiện không làm được việc đó.';
  return why;
};

const HOUR = new Intl.DateTimeFormat('vi-VN', {
  timeZone: 'Asia/Ho_Chi_Minh',
  hour: '2-digit',
  minute: '2-digit',
});
const DAY = new Intl.DateTimeFormat('vi-VN', {
  timeZone: 'Asia/Ho_Chi_Minh',
  day: '2-digit',
  month: '2-digit',
});

/** Hour of the day in Vietnam, with the day when it is not that of `now`. */
export const whenText = (at: number, now: number): string =>
  DAY.format(at) === DAY.format(now) ? HOUR.format(at) : `${DAY.format(at)} ${HOUR.format(at)}`;
