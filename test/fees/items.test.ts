import { describe, expect, it } from 'vitest';
import { judgeItem } from '../../src/fees/index.ts';

describe('What a school may collect', () => {
  it.each([
    ['Bảo hiểm y tế học sinh', 'compulsory', /Luật Bảo hiểm y tế/],
    ['BHYT 2026', 'compulsory', /Bảo hiểm y tế/],
    ['Học phí', 'compulsory', /238\/2025/],
    ['Tiền ăn bán trú', 'service', /Hội đồng nhân dân/],
    ['Nước uống', 'service', /Hội đồng nhân dân/],
    ['Học buổi 2', 'service', /thoả thuận/],
    ['Thẻ thư viện', 'service', /Thoả thuận/],
    ['Ủng hộ quỹ khuyến học', 'voluntary', /16\/2018/],
    ['Tài trợ giáo dục', 'voluntary', /16\/2018/],
    ['Xã hội hoá giáo dục', 'voluntary', /16\/2018/],
    ['Quỹ Ban ĐDCMHS', 'voluntary', /55\/2011/],
    ['Kinh phí Ban đại diện cha mẹ học sinh', 'voluntary', /55\/2011/],
  ])('%s is %s, with the law it rests on', (name, kind, basis) => {
    expect(judgeItem(name)).toEqual({ kind, legalBasis: expect.stringMatching(basis) });
  });

  it('may call an item voluntary beside it', () => {
    expect(judgeItem('Trải nghiệm Pác Bó', 'Tự nguyện')).toMatchObject({ kind: 'voluntary' });
    expect(judgeItem('Trải nghiệm Pác Bó')).toMatchObject({ kind: 'service' });
  });

  it.each([
    ['Quỹ lớp', '', 'classFund'],
    ['Tiền quỹ lớp HK1', 'Tự nguyện', 'classFund'],
    ['QUỸ LỚP 6A1', '', 'classFund'],
    ['Quĩ lớp', '', 'classFund'],
    ['Quỹ phụ huynh 200.000đ/học sinh', '', 'parentsQuota'],
    ['Quỹ Ban ĐDCMHS: 100k/em', '', 'parentsQuota'],
    ['Quỹ phụ huynh: mua sắm điều hòa', '', 'parentsQuota'],
    ['Ban đại diện CMHS: trông xe', '', 'parentsQuota'],
    ['Hội phụ huynh hỗ trợ vệ sinh', '', 'parentsQuota'],
    ['Quỹ hội phụ huynh', 'mức đóng 500k/em', 'parentsQuota'],
  ])('never %s (%s)', (name, note, forbidden) => {
    expect(judgeItem(name, note)).toEqual({ forbidden });
  });
});
