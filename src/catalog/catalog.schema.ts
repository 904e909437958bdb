/** The shape of catalog.yaml, field by field. */
import { Type } from 'class-transformer';
import {
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsDefined,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
  MinLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';

const ID = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const VARIABLE = /^[A-Z][A-Z0-9_]*$/;

export class Region {
  @Matches(ID) readonly id!: string;
  @MinLength(1) readonly name!: string;
}

export class Egg {
  @IsInt() @Min(1) readonly id!: number;
  @MinLength(1) readonly name!: string;
}

/** One allocation; the variable of the egg that must carry its number, or null. */
export class Port {
  @ValidateIf((port: Port) => port.variable !== null) @Matches(VARIABLE) readonly variable!: string | null;
}

export class Install {
  @IsInt() @Min(1) readonly usualMinutes!: number;
  @IsInt() @Min(1) @Max(240) readonly longestMinutes!: number;
}

export class ConfigurationField {
  @Matches(VARIABLE) readonly variable!: string;
  @MinLength(1) readonly label!: string;
  @IsBoolean() readonly required!: boolean;
}

export class TermPrice {
  @Matches(/^[a-z]{3}$/) readonly currency!: string;
  @IsInt() @Min(0) readonly amountMinor!: number;
  @Matches(/^price_\w+$/) readonly oneTimePriceId!: string;
  @Matches(/^price_\w+$/) readonly recurringPriceId!: string;
}

export class Terms {
  @IsDefined() @ValidateNested() @Type(() => TermPrice) readonly monthly!: TermPrice;
  @IsDefined() @ValidateNested() @Type(() => TermPrice) readonly quarterly!: TermPrice;
  @IsDefined() @ValidateNested() @Type(() => TermPrice) readonly yearly!: TermPrice;
}

export class Plan {
  @Matches(ID) readonly id!: string;
  @MinLength(1) readonly name!: string;
  @IsInt() @Min(64) readonly memoryMib!: number;
  @IsInt() @Min(128) readonly diskMib!: number;
  @IsInt() @Min(0) readonly cpuPercent!: number;
  @IsInt() @Min(-1) readonly swapMib!: number;
  @IsInt() @Min(10) @Max(1000) readonly io!: number;
  @ValidateIf((plan: Plan) => plan.threads !== null) @Matches(/^[0-9-,]+$/) readonly threads!: string | null;
  @IsInt() @Min(0) readonly databases!: number;
  @IsInt() @Min(0) readonly backups!: number;
  @IsDefined() @ValidateNested() @Type(() => Terms) readonly terms!: Terms;
}

export class Game {
  @Matches(ID) readonly id!: string;
  @MinLength(1) readonly name!: string;
  @IsDefined() @ValidateNested() @Type(() => Egg) readonly egg!: Egg;
  @IsArray() @ArrayMinSize(1) @ValidateNested({ each: true }) @Type(() => Port) readonly ports!: Port[];
  @IsDefined() @ValidateNested() @Type(() => Install) readonly install!: Install;
  @IsArray() @ArrayUnique() @IsString({ each: true }) readonly secrets!: string[];
  @IsArray() @ValidateNested({ each: true }) @Type(() => ConfigurationField) readonly configuration!: ConfigurationField[];
  @IsObject() @IsOptional() readonly environment!: Record<string, string>;
  @IsArray() @ArrayMinSize(1) @ValidateNested({ each: true }) @Type(() => Plan) readonly plans!: Plan[];
}

export class CatalogFile {
  @IsArray() @ArrayMinSize(1) @ValidateNested({ each: true }) @Type(() => Region) readonly regions!: Region[];
  @IsArray() @ArrayMinSize(1) @ValidateNested({ each: true }) @Type(() => Game) readonly games!: Game[];
}
