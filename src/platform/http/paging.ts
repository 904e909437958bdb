/** What every list takes and gives: a page from a cursor on, in an order. */
import type { Type } from '@nestjs/common';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type as TypeOf } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Matches, Max, MaxLength, Min } from 'class-validator';
import type { DaysWish, PageWish, Sort } from '../database/newest-first.js';

const PAGE_MAX = 100;
const CURSOR_MAX = 1_000;
export const DAY = /^2\d{3}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;
const SORTS: readonly Sort[] = ['newest', 'oldest'];

export class PageRequest implements PageWish {
  @ApiPropertyOptional({ description: '`nextCursor` of the page before.' })
  @IsOptional()
  @IsString()
  @MaxLength(CURSOR_MAX)
  readonly cursor?: string;

  @ApiPropertyOptional({ default: 50, maximum: PAGE_MAX })
  @IsOptional()
  @TypeOf(() => Number)
  @IsInt()
  @Min(1)
  @Max(PAGE_MAX)
  readonly limit: number = 50;
}

export class SortedRequest extends PageRequest {
  @ApiPropertyOptional({ enum: SORTS, default: 'newest' }) @IsOptional() @IsIn(SORTS) readonly sort: Sort = 'newest';
}

/** Of which days, as the list's own time says. */
export class DaysRequest extends SortedRequest implements DaysWish {
  @ApiPropertyOptional({ example: '2026-11-01', description: 'First day, in UTC.' })
  @IsOptional()
  @Matches(DAY, { message: 'from must be a day: YYYY-MM-DD' })
  readonly from?: string;

  @ApiPropertyOptional({ example: '2026-11-30', description: 'Last day, in UTC.' })
  @IsOptional()
  @Matches(DAY, { message: 'to must be a day: YYYY-MM-DD' })
  readonly to?: string;
}

/** A page of these, for the documentation; extend it under a name of its own. */
export const pageView = <T>(Item: Type<T>) => {
  class PageView {
    @ApiProperty({ type: [Item] }) readonly items!: T[];
    @ApiProperty({ type: String, nullable: true, description: 'Null on the last page.' }) readonly nextCursor!: string | null;
  }
  return PageView;
};
